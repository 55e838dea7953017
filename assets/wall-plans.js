/* The lists of the page Outages: planned work of today, sensitive and important customers out, areas often without supply. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  const isNear = distance === "3m";
  const PLACE = { "3m": lk.zh ? 24 : 22, "6m": 62, "10m": 50 }[distance]; // rem

  /** A panel that lists `rows` of `part.supply[name]`: head, the rows that have room, how many more there are. */
  const listed = (panel, { title, name, said, none, row, heads, total }) =>
    lk.panel(panel, (place, now) => {
      const part = lk.parts.supply?.[name];
      const watch = lk.watchOf(["outages"], now);
      const { from, places } = lk.span(place);
      const all = lk.rows(part);
      const blind = lk.blindNode("outages", part, watch);
      lk.setEmpty(place, !blind && watch.state === "ok" && !all.length);
      const count = blind ? 0 : Math.max(total(part), all.length);
      const more = count - from > places;
      const shown = all.slice(from, from + places - (more ? 1 : 0));
      const rest = more ? h("div", { class: "rest", key: "rest" }, h("span", { class: "qq" }, t("{n} more##rows", { n: lk.count(count - from - shown.length) }))) : null;
      const list = () => h("div", { class: `list-rows ${panel}-rows`, style: `--places:${places}` }, heads(), shown.map((one) => row(one, now)), rest);
      const body = blind ?? (all.length ? list() : lk.zeroNode(none()));
      const head = lk.headNode(title(), blind ? [] : said(part), blind ? null : watch, now, lk.supplyRoom);
      lk.patch(place, [head, blind ? null : lk.staleStrip(watch), watch.state === "ok" || blind ? body : h("div", { class: "old" }, body)].filter(Boolean));
    });

  const STATE = {
    not_restored: () => t("late to restore"),
    not_started: () => t("late to begin"),
    running: () => t("at work##plan"),
    ahead: () => t("ahead##plan"),
    done: () => t("done##plan"),
  };
  const NOTICE = { none: () => t("no notice"), late: () => t("late notice") };
  const isLate = (plan) => plan.state === "not_restored" || plan.state === "not_started";

  listed("plans", {
    title: () => t("Planned work today"),
    name: "plans",
    none: () => t("No planned work today."),
    total: (part) => part.total,
    said: (part) => {
      const n = lk.count(part.total);
      const late = part.not_restored + part.not_started;
      const missed = part.notice_missed ? [t("{n} planned, {late} late, {missed} without timely notice", { n, late: lk.count(late), missed: lk.count(part.notice_missed) })] : [];
      return [...missed, t("{n} planned, {late} late", { n, late: lk.count(late) }), t("{n} late##plans", { n: lk.count(late) })];
    },
    heads: () => h("div", { class: "qq", key: "heads" }, h("span"), isNear ? null : h("span", { class: "r" }, t("begin##column")), h("span", { class: "r" }, t("end##column")), h("span", { class: "r" }, t("state##column"))),
    row: (plan, now) =>
      h(
        "div",
        { key: plan.outage_no, "data-outage": plan.outage_no },
        lk.placeNode(plan, plan.outage_no, PLACE),
        isNear ? null : h("span", { class: "q r" }, plan.planned_start_at === null ? "—" : lk.clock(plan.planned_start_at)),
        h("span", { class: "q r" }, plan.planned_end_at === null ? "—" : lk.clock(plan.planned_end_at)),
        h(isLate(plan) ? "b" : "span", { class: "r" }, isLate(plan) || plan.notice === "in_time" || plan.state === "done" ? STATE[plan.state]() : NOTICE[plan.notice]()),
      ),
  });

  listed("special", {
    title: () => t("Sensitive and important customers"),
    name: "special",
    none: () => t("None of them is without supply."),
    total: (part) => part.count,
    said: (part) => {
      const both = { sensitive: part.sensitive === null ? "—" : lk.count(part.sensitive), important: part.important === null ? "—" : lk.count(part.important) };
      return [t("{sensitive} sensitive, {important} important out", both), `${both.sensitive} / ${both.important}`];
    },
    heads: () => h("div", { class: "qq", key: "heads" }, h("span"), h("span", { class: "r" }, t("sensitive##column")), h("span", { class: "r" }, t("important##column")), h("span", { class: "r" }, t("out for"))),
    row: (one, now) =>
      h(
        "div",
        { key: one.outage_no, "data-outage": one.outage_no },
        lk.placeNode(one, one.outage_no, PLACE),
        h("span", { class: "q r" }, one.sensitive_out === null ? "—" : lk.count(one.sensitive_out)),
        h("b", { class: "r" }, one.important_out === null ? "—" : lk.count(one.important_out)),
        h("span", { class: "r" }, one.started_at === null ? "—" : lk.duration(now - one.started_at)),
      ),
  });

  const areaName = (area) => (lk.zh ? area.name_zh || area.name_en : area.name_en || area.name_zh) || area.transformer_area;

  listed("frequent", {
    title: () => t("Often without supply"),
    name: "frequent",
    none: () => t("No area was off 3 times in 60 days."),
    total: (part) => part.count,
    said: (part) => [t("{n} areas off {least} times or more in {days} days", { n: lk.count(part.count), least: part.least, days: part.days }), t("{n} areas", { n: lk.count(part.count) })],
    heads: () => h("div", { class: "qq", key: "heads" }, h("span"), h("span", { class: "r" }, t("times##column")), isNear ? null : h("span", { class: "r" }, t("together##column")), h("span", { class: "r" }, t("last##column"))),
    row: (area, now) =>
      h(
        "div",
        { key: area.transformer_area, "data-area": area.transformer_area },
        h("div", { class: "place" }, lk.fitting(null, [`${lk.name(area.station) ?? ""} ${areaName(area)}`.trim(), areaName(area)], PLACE)),
        h("b", { class: "r" }, lk.count(area.n)),
        isNear ? null : h("span", { class: "q r" }, lk.duration(area.total_min * 60000)),
        h("span", { class: "r" }, area.off ? t("off now") : t("{age} ago", { age: lk.duration(now - area.last_at) })),
      ),
  });
})();
