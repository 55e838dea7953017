/* Which crews hold more orders than they can do and which can take more: a square an order, those too many bright. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  // rem of the panel and of the crew's name, as in wall-repairs-page.css
  const ROOM = { "3m": 58.4, "6m": 82, "10m": 180.8 }[lk.page.distance];
  const NAME = { "3m": lk.zh ? 17 : 20, "6m": lk.zh ? 28 : 31, "10m": 66 }[lk.page.distance];
  const MOST_SQUARES = 10; // the words say the number
  const SQUARE_EM = 0.94; // with its gap
  const BETWEEN = { "3m": 0.6, "6m": 1.6, "10m": 2.4 }[lk.page.distance]; // rem

  const words = (open, capacity) => (open > capacity ? t("over by {n}", { n: lk.count(open - capacity) }) : open === capacity ? t("full##crew") : t("can take {n}", { n: lk.count(capacity - open) }));

  /** A crew's name without the word that stands in the head; a number alone is no name. */
  lk.withoutCrew = (name) => {
    const bare = name.replace(/\s*\bcrew\b/i, "").trim();
    return /\p{L}/u.test(bare) ? bare : name;
  };

  /** As many squares as there is room for beside `taken` rem. */
  const squares = (open, capacity, taken) => {
    const kinds = Array.from({ length: Math.min(Math.max(open, capacity), 2 * MOST_SQUARES) }, (_, i) => (i >= open ? "free" : i >= capacity ? "over" : "held"));
    const most = Math.min(MOST_SQUARES, Math.floor((ROOM - NAME - 2 * BETWEEN - taken) / (SQUARE_EM * lk.smallest)));
    const shown = kinds.length > most ? kinds.slice(0, Math.max(0, most - 2)) : kinds;
    return [...shown.map((kind) => h("i", { class: kind })), shown.length < kinds.length ? h("span", { "data-may-cut": lk.count(open) }, "…") : null];
  };

  /** What the crews are called: all without the word that the head says already, if one would be cut otherwise. */
  const namesOf = (crews) => {
    const names = crews.map((c) => lk.name(c.code));
    return names.some((name) => lk.wide(name) > NAME) ? names.map(lk.withoutCrew) : names;
  };

  const rowNode = ({ code, open, overdue }, name, capacity) => {
    const said = words(open, capacity);
    const late = overdue ? h("span", { class: "late" }, lk.mark("red"), h("b", null, lk.count(overdue))) : null;
    const taken = lk.wide(said, lk.smallest, open > capacity) + (overdue ? lk.wide(lk.count(overdue), lk.smallest, true) + 1.6 * lk.smallest : 0);
    return h(
      "div",
      { "data-crew": code, key: code },
      lk.fitting(null, [name], NAME),
      h("span", { class: "squares" }, squares(open, capacity, taken), late),
      h(open > capacity ? "b" : "span", { class: open > capacity ? "r" : "qq r" }, said),
    );
  };

  const restNode = (crews, shown) => {
    const [n, orders] = [crews.count - shown.length, crews.orders - shown.reduce((sum, c) => sum + c.open, 0)];
    const rest = n > 0 ? t("{n} other crews hold {orders}", { n: lk.count(n), orders: lk.count(orders) }) : null;
    const none = crews.unassigned ? t("{n} orders without a crew", { n: lk.count(crews.unassigned) }) : null;
    const said = [rest, none].filter(Boolean).join(lk.zh ? "，" : ", ");
    return said ? h("div", { class: "rest", key: "rest" }, h("span", { class: "qq" }, lk.wide(said) <= ROOM ? said : (rest ?? none))) : null;
  };

  lk.panel("crews", (place, now) => {
    const work = lk.parts.work;
    const watch = lk.watchOf(["work_orders"], now);
    const { places } = lk.span(place);
    const blind = lk.blindNode("work_orders", work, watch);
    const rows = lk.rows(work?.crews);
    lk.setEmpty(place, watch.state === "ok" && work !== undefined && !rows.length && !work.crews.unassigned);
    const crews = work?.crews;
    const needsRest = crews && (crews.count > places || crews.unassigned > 0);
    const shown = rows.slice(0, needsRest ? places - 1 : places);
    const sum = crews ? { crews: lk.count(crews.count), orders: lk.count(crews.orders) } : {};
    const said = blind || !rows.length ? [] : [t("{crews} crews, {orders} orders", sum)];
    const names = namesOf(shown);
    const list = () => h("div", { class: "crew-rows", style: `--places:${places};--name:${NAME}rem` }, shown.map((row, i) => rowNode(row, names[i], work.crew_capacity)), restNode(crews, shown));
    const none = () => lk.zeroNode(crews.unassigned ? t("{n} orders without a crew", { n: lk.count(crews.unassigned) }) : t("No crew has an open order."));
    const body = blind ?? (rows.length ? list() : none());
    lk.patch(place, [lk.headNode(t("Crews"), said, blind ? null : watch, now, ROOM), blind ? null : lk.staleStrip(watch), watch.state === "ok" || blind ? body : h("div", { class: "old" }, body)].filter(Boolean));
  });
})();
