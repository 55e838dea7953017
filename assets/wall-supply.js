/* How reliable supply has been so far: SAIDI and SAIFI of today, this month and this year, with and without event days. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  lk.supplyRoom = { "3m": 58.4, "6m": 182.4, "10m": 180.8 }[distance]; // rem of a panel of the page, as in wall-outages-page.css

  const WORD = { today: () => t("Today##supply"), month: () => t("This month##supply"), year: () => t("This year##supply") };

  /** Minutes of the mean customer: a decimal below ten, else as durations are said. */
  const minutes = (value) => {
    if (value === null) return "—";
    return value < 10 ? t("{n} min", { n: (Math.round(value * 10) / 10).toFixed(value ? 1 : 0) }) : lk.duration(value * 60000);
  };
  const times = (value) => (value === null ? "—" : value.toFixed(value < 0.1 && value > 0 ? 3 : 2));

  const rowNode = (key, one) => {
    const ordinary = one.ordinary.saidi !== one.saidi ? minutes(one.ordinary.saidi) : t("the same##ordinary");
    return h(
      "div",
      { key, "data-period": key },
      h("span", null, WORD[key]()),
      h("b", { class: "r" }, minutes(one.saidi)),
      h("span", { class: "q r" }, one.saidi === null ? "—" : ordinary),
      h("b", { class: "r" }, times(one.saifi)),
    );
  };
  const heads = () =>
    h("div", { class: "qq", key: "heads" }, h("span"), h("span", { class: "r" }, "SAIDI"), h("span", { class: "r" }, t("ordinary days##column")), h("span", { class: "r" }, "SAIFI"));

  /** What of the figures is not settled or not known, the longest first. */
  const sentences = (part) => {
    const { year } = part.periods;
    if (part.served === null) return [t("nobody lists the customers served"), t("no customers listed")];
    const running = year.running ? [t("so far: provisional")] : [];
    return part.threshold_min === null && part.history_days !== null ? [...running, t("too little history for event days")] : running;
  };

  lk.panel("supply", (place, now) => {
    const part = lk.parts.supply;
    const watch = lk.watchOf(["outages"], now);
    const blind = lk.blindNode("outages", part?.periods ? part : null, watch);
    const list = () => h("div", { class: "supply-rows" }, heads(), Object.keys(WORD).map((key) => rowNode(key, part.periods[key])));
    const body = blind ?? list();
    const head = lk.headNode(t("Supply so far"), blind ? [] : sentences(part), blind ? null : watch, now, lk.supplyRoom);
    lk.patch(place, [head, blind ? null : lk.staleStrip(watch), watch.state === "ok" || blind ? body : h("div", { class: "old" }, body)].filter(Boolean));
  });
})();
