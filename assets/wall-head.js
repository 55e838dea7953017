/* The header of every screen: whose wall this is, which page, how many repairs at each level, the date and the time. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  const full = distance === "3m";
  // Sizes in rem as in wall.css: width of the wall without its margins, gap, page bar with its gap, text,
  // clock, what stands before the date and the flood beyond the gap.
  const SIZE = {
    "3m": { width: 184.8, gap: 2.4, bar: 2.1, text: 2.8, clock: 3.6, apart: 0 },
    "6m": { width: 182.4, gap: 3.2, bar: 3.2, text: 4.4, clock: 5.2, apart: 2.4 },
    "10m": { width: 180.8, gap: 3.2, bar: 4.2, text: 7.3, clock: 9.6, apart: 4 },
  }[distance];

  const [MARK, MARK_GAP] = [2.22, 1.04]; // ems a level's shape takes with its gaps, and of these before it

  const PAGE = {
    situation: () => t("Situation"),
    repairs: () => t("Repairs##page"),
    outages: () => t("Outages##page"),
    complaints: () => t("Complaints"),
    satisfaction: () => t("Satisfaction##page"),
  };

  const titles = (shown) => [...new Set(shown.map((s) => s.dataset.page))].map((page) => PAGE[page]?.() ?? page).join(lk.zh ? "、" : ", ");

  const bars = ({ shown, course }) =>
    course.length > 1
      ? h("div", { class: "pages", "aria-hidden": "true" }, course.map((s) => h("i", { class: shown.includes(s) ? "on" : "off" })))
      : null;

  const areaNode = () => (lk.page.area ? h("span", { class: "q" }, lk.name(lk.page.area)) : null);

  const flood = () => {
    const alerts = lk.parts.alerts;
    return alerts?.flood ? h("b", { class: "flood", role: "status" }, t("{n} alerts in 10 min", { n: lk.count(alerts.recent) })) : null;
  };

  const text = (node) => (typeof node === "object" ? node.children.map(text).join("") : String(node));

  const wide = (node) => {
    if (!node) return 0;
    if (node.attrs.class === "pages") return node.children.length * SIZE.bar + SIZE.gap;
    const marks = node.children.filter((c) => c.tag === "svg:svg").length;
    const between = marks ? (marks * MARK - MARK_GAP) * SIZE.text : 0;
    return lk.textWidth(text(node), node.attrs.class === "clock" ? SIZE.clock : SIZE.text, node.tag === "b" || marks > 0) + between + SIZE.gap + (/date|flood/.test(node.attrs.class) ? SIZE.apart : 0);
  };

  const countsNode = (now, room) => {
    const watch = lk.watchOf(["work_orders"], now);
    if (full || watch.state === "unfed") return null;
    const known = watch.state === "ok" || watch.state === "stale";
    const group = { class: "counts", role: "group", "aria-label": t("Open repairs by level") };
    if (!known) return h("div", group, h("span", { class: "q" }, t("levels unknown")));
    const counts = lk.levelCounts(now);
    const most = lk.levels.map((_, i) => h("div", group, lk.countNodes(Object.fromEntries(lk.levels.map((level, j) => [level, j < i ? 0 : counts[level]])))));
    return most.find((node) => wide(node) <= room) ?? most.at(-1); // the lowest levels make room first
  };

  /** Fills the header: of the left parts, the most telling that leave room for the counts and the time. */
  lk.drawHead = (place, now, turned) => {
    const site = h("b", { class: "site" }, lk.zh ? lk.page.site.zh : lk.page.site.en);
    const [area, title, pages] = [areaNode(), h("span", { class: "q title" }, titles(turned.shown)), bars(turned)];
    const date = flood() ?? (distance === "10m" ? null : h("span", { class: "q date" }, lk.date(now, full)));
    const clock = h("b", { class: "clock" }, lk.clock(now));
    const whole = SIZE.width + 192 * (turned.shown.length - 1);
    const counts = countsNode(now, whole - wide(date) - wide(clock));
    const right = [counts, date, clock].filter(Boolean);
    const left = [
      [site, area, title, pages],
      [area ?? site, title, pages],
      [area ?? site, pages],
      [area ?? title, pages],
      [area, pages],
      [area],
    ].map((parts) => parts.filter(Boolean));
    const room = whole - right.reduce((sum, node) => sum + wide(node), 0);
    const fits = left.find((parts) => parts.reduce((sum, node) => sum + wide(node), 0) <= room) ?? [];
    lk.patch(place, [h("div", { class: "who" }, fits), h("div", { class: "push" }), ...right]);
  };
})();
