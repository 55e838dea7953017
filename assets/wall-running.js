/* The outages that run and when supply is expected back: passed estimates first, then the soonest. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  // rem: the panel, the place, a passed estimate; as in wall-repairs-page.css.
  const ROOM = { "3m": 58.4, "6m": 182.4, "10m": 180.8 }[distance];
  const PLACE = { "3m": lk.zh ? 24 : 26, "6m": lk.zh ? 62 : 72, "10m": 50 }[distance];
  const ESTIMATE = { "3m": 18, "6m": 40, "10m": 48 }[distance];

  /** Who is late first, then by the time that was promised; those without a promise come last, the largest first. */
  const sorted = (now) => {
    const rank = (o) => (o.estimate_at === null ? 2 : o.estimate_at < now ? 0 : 1);
    const all = lk.runningOutages(); // the largest first
    return all.sort((a, b) => rank(a) - rank(b) || (rank(a) === 2 ? 0 : a.estimate_at - b.estimate_at));
  };

  const customersText = (n) => (n === null ? "—" : distance === "3m" || lk.zh ? t("{n} cust.", { n: lk.count(n) }) : lk.count(n));

  const rowNode = (outage, now) =>
    h(
      "div",
      { "data-outage": outage.outage_no, key: outage.outage_no },
      lk.placeNode(outage, outage.outage_no, PLACE),
      h("span", { class: "q r" }, customersText(outage.customers_out)),
      distance === "3m" ? null : h("span", { class: "q r" }, outage.started_at === null ? "—" : lk.duration(now - outage.started_at)),
      h("span", { class: "r" }, lk.estimateNode(outage, now, ESTIMATE)),
    );

  const heads = () =>
    distance === "3m"
      ? null
      : h("div", { class: "qq", key: "heads" }, h("span"), h("span", { class: "r" }, t("customers##column")), h("span", { class: "r" }, t("out for")), h("span", { class: "r" }, t("estimate##column")));

  const sentences = (outages, now) => {
    const passed = outages.filter((o) => o.estimate_at !== null && o.estimate_at < now).length;
    const n = lk.count(outages.length);
    const all = outages.length === 1 ? t("{n} outage", { n }) : t("{n} outages", { n });
    return passed ? [t("{all}, {n} past the estimate", { all, n: lk.count(passed) }), all] : [all];
  };

  lk.panel("running", (place, now) => {
    const part = lk.parts.outages;
    const watch = lk.watchOf(["outages"], now);
    const { from, places } = lk.span(place);
    const all = sorted(now);
    lk.setEmpty(place, all.length <= from && (from > 0 || (watch.state === "ok" && part?.count === 0)));
    const blind = lk.blindNode("outages", part && part.count !== null ? part : null, watch);
    const more = all.length - from > places;
    const shown = all.slice(from, from + places - (more ? 1 : 0));
    const left = all.length - from - shown.length;
    const rest = more ? h("div", { class: "rest", key: "rest" }, h("span", { class: "qq" }, t("{n} more outages", { n: lk.count(left) }))) : null;
    const list = () => h("div", { class: "running-rows", style: `--places:${places}` }, heads(), shown.map((o) => rowNode(o, now)), rest);
    const body = blind ?? (all.length ? list() : lk.zeroNode(t("No outage is running.")));
    const said = blind || !all.length ? [] : sentences(all, now);
    lk.patch(place, [lk.headNode(t("Outages and estimates"), said, blind ? null : watch, now, ROOM), blind ? null : lk.staleStrip(watch), watch.state === "ok" || blind ? body : h("div", { class: "old" }, body)].filter(Boolean));
  });
})();
