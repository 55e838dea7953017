/* Running outages: the list of a site that has no repairs to count down, largest first; what other panels say of them. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const ESTIMATE_REM = { "3m": 14, "6m": 28, "10m": 46 }[lk.page.distance]; // what a passed estimate may fill, as in wall.css
  const PLACE_REM = { "3m": 26, "6m": lk.zh ? 29 : 34, "10m": lk.zh ? 38 : 46 }[lk.page.distance];

  /** Running outages by customers out; those nobody counted come last. */
  lk.runningOutages = () => {
    const unknown = (o) => (o.customers_out === null ? 1 : 0);
    return lk.rows(lk.parts.outages).sort((a, b) => unknown(a) - unknown(b) || b.customers_out - a.customers_out || a.started_at - b.started_at);
  };

  /** Why there is none to show. */
  lk.noOutageWords = (now) => {
    const { state } = lk.watchOf(["outages"], now);
    if (state === "unfed") return t("not connected");
    if (state === "error") return t("cannot be read");
    return lk.parts.outages?.count === 0 ? t("No outage is running.") : t("nothing read yet");
  };

  /** Where most customers are without supply, in one sentence. */
  lk.outageFinding = () => {
    const [worst] = lk.rows(lk.parts.counties).sort((a, b) => b.customers_out - a.customers_out);
    return worst?.customers_out ? t("most customers without supply in {place}", { place: lk.name(worst.code) }) : t("No outage is running.");
  };

  /** When supply is expected back; an estimate that has passed is one nobody can trust. `room`: rem it may fill. */
  lk.estimateNode = (outage, now, room = Infinity) => {
    if (outage.estimate_at === null) return h("span", { class: "qq" }, t("no estimate"));
    const time = lk.when(outage.estimate_at, now);
    if (outage.estimate_at >= now) return h("span", null, time);
    const passed = t("{time} passed", { time });
    return h("span", { class: "flag inverse" }, lk.textWidth(passed, lk.smallest) <= room ? passed : time);
  };

  const heads = () =>
    h("div", { class: "row running heads qq" }, h("span"), h("span"), h("span", null, t("customers##column")), h("span", null, t("out for")), h("span", null, t("estimate##column")));

  const rowNode = (outage, now) =>
    h(
      "div",
      { class: "row running", key: outage.outage_no, "data-outage": outage.outage_no },
      lk.outageSign(),
      lk.placeNode(outage, outage.outage_no, PLACE_REM),
      h("div", { class: "left" }, lk.count(outage.customers_out)),
      h("div", { class: "r q" }, outage.started_at === null ? "—" : lk.duration(now - outage.started_at)),
      h("div", { class: "r" }, lk.estimateNode(outage, now, ESTIMATE_REM)),
    );

  /** Fills the list with its head. */
  lk.drawOutages = (place, now) => {
    const watch = lk.watchOf(["outages"], now);
    const count = lk.parts.outages?.count;
    const { from, to, places } = lk.span(place);
    const rows = lk.runningOutages().slice(from, to);
    lk.setEmpty(place, from > 0 && !rows.length);
    lk.patch(place, [
      h("div", { class: "head" }, h("b", null, t("Running outages")), count ? h("span", { class: "q" }, t("{n}##outages", { n: lk.count(count) })) : null, lk.ageNode(watch, now, "age")),
      rows.length
        ? h("div", { class: "rows headed", style: `--places:${places}` }, heads(), rows.map((outage) => rowNode(outage, now)))
        : h("div", { class: "empty q" }, lk.noOutageWords(now)),
    ]);
  };
})();
