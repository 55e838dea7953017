/* How far the open repairs have come, and how many were restored today. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const ROOM = { "3m": 58.4, "6m": 182.4, "10m": 180.8 }[lk.page.distance]; // rem

  const WORD = {
    accepted: () => t("Accepted##stage"),
    dispatched: () => t("Dispatched##stage"),
    on_the_way: () => t("On the way##stage"),
    on_site: () => t("On site##stage"),
    restored_today: () => t("Restored today"),
  };

  /** The word for a stage of an order; an empty text where none is known. */
  lk.stageWord = (stage) => WORD[stage]?.() ?? "";

  lk.panel("stages", (place, now) => {
    const stages = lk.parts.work?.stages;
    const watch = lk.watchOf(["work_orders"], now);
    const open = stages && stages.accepted + stages.dispatched + stages.on_the_way + stages.on_site;
    const said = stages ? [t("{n} open##repairs", { n: lk.count(open) })] : [];
    const blind = lk.blindNode("work_orders", stages, watch);
    const one = (key) => h("div", { "data-stage": key }, h("b", { class: watch.state === "ok" ? "value" : "value stale" }, lk.count(stages[key])), h("span", { class: "q" }, WORD[key]()));
    lk.patch(place, [
      lk.headNode(t("Stages"), blind ? [] : said, blind ? null : watch, now, ROOM),
      ...(blind ? [blind] : [lk.staleStrip(watch), h("div", { class: "stages" }, Object.keys(WORD).map(one))].filter(Boolean)),
    ]);
  });
})();
