/* The countdown list: which repair is nearest to or past its limit, and how long there is. One now-line through all rows. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const MIN = 60000;
  const distance = lk.page.distance;
  // Sizes in rem as in wall-situation.css: the columns of the mark, of the place at most and of the bar at least, the gap; the time.
  const SIZE = {
    "3m": { mark: 3.6, place: lk.zh ? 18 : 27, bar: 9, gap: 0.6, time: 2.6 },
    "6m": { mark: 5.6, place: lk.zh ? 29.4 : 43.6, bar: 14, gap: 0, time: 5.2 },
    "10m": { mark: 9, place: 62, bar: 20, gap: 0, time: 9.6 },
  }[distance];
  const GAPS = lk.zh ? 1.06 : 1.02; // the browser puts a gap between Chinese and digits that a measured text has not
  const FILL = 0.4; // em: what a filled time has on its two sides
  const AXIS_MIN = [30, 60, 120, 240, 480];

  const CLOCK = { arrival: () => t("Arrive"), restoration: () => t("Restore") };

  /** Rows with a level first, as the list names what is near its limit; then the others, each by due time. */
  const nearest = (now) => {
    const rows = lk.rows(lk.parts.repairs).map((r) => ({ ...r, level: lk.levelOf(r.start_at, r.due_at, now), left: r.due_at - now }));
    if (distance === "3m") return rows;
    return [...rows.filter((r) => r.level), ...rows.filter((r) => !r.level)];
  };

  /** Minutes on both sides of the now-line: steps, so that the axis stays while values move. */
  const axis = (rows) => {
    const step = (needed) => AXIS_MIN.find((a) => a >= needed) ?? AXIS_MIN.at(-1);
    const over = Math.max(0, ...rows.map((r) => -r.left / MIN));
    const left = Math.max(0, ...rows.map((r) => r.left / MIN));
    return { over: step(over), left: step(Math.max(left, over / 3)) };
  };

  const bar = (row, { over, left }) => {
    const at = (minutes) => (100 * (Math.max(-over, Math.min(left, minutes)) + over)) / (over + left);
    const [from, to] = [at(Math.min(0, row.left / MIN)), at(Math.max(0, row.left / MIN))];
    return h(
      "div",
      { class: "bar", "aria-hidden": "true" },
      h("i", { class: row.level ?? "none", style: `left:${from.toFixed(2)}%;width:${(to - from).toFixed(2)}%` }),
      h("u", { style: `left:calc(${at(0).toFixed(2)}% - .15rem)` }),
    );
  };

  const timeOf = (row) => (row.level === "red" ? t("{duration} over", { duration: lk.duration(row.left) }) : lk.duration(row.left));

  /** Widths in rem of the columns with words in `rows`: the bar takes what they leave, and the place gives way before it. */
  const columnsOf = (rows, width) => {
    const widest = (texts, size, bold) => Math.max(...texts.map((text) => lk.textWidth(text, size, bold) * GAPS));
    const time = widest(rows.map(timeOf), SIZE.time, true) + FILL * SIZE.time;
    const kind = widest(Object.values(CLOCK).map((word) => word()), lk.smallest) + 0.4 * lk.smallest;
    const place = Math.min(SIZE.place, width - SIZE.mark - kind - SIZE.bar - time - 4 * SIZE.gap);
    return { time, kind, place };
  };

  const rowNode = (row, scale, room) => {
    const overdue = row.level === "red";
    const fresh = overdue && row.alert !== "acknowledged";
    return h(
      "div",
      { class: "row", key: `${row.source}:${row.order_no}`, "data-order": row.order_no },
      lk.mark(row.level),
      lk.placeNode(row, row.order_no, room),
      h("div", { class: "q" }, CLOCK[row.clock]()),
      bar(row, scale),
      h("div", { class: fresh ? "left new" : "left" }, h("span", null, timeOf(row))),
    );
  };

  const summary = (total, levelled) => t("{open} open, {fine} in good time", { open: lk.count(total), fine: lk.count(total - levelled) });

  const EMPTY = {
    error: () => t("the order database cannot be read"),
    never: () => t("nothing read yet"),
    unfed: () => t("not connected"),
  };

  /** Fills the list with its head. */
  const drawRepairs = (place, now) => {
    const part = lk.parts.repairs;
    const { from, to, places } = lk.span(place);
    const watch = lk.watchOf(["work_orders"], now);
    const counts = lk.levelCounts(now);
    const levelled = lk.levels.reduce((sum, level) => sum + counts[level], 0);
    const known = part && watch.read;
    const rows = known ? nearest(now).slice(from, to) : [];
    lk.setEmpty(place, from > 0 && !rows.length);
    const scale = axis(rows);
    const wide = rows.length ? columnsOf(rows, lk.widthOf(place)) : null;
    const empty = watch.state !== "error" && known ? t("No open repair.") : (EMPTY[watch.state] ?? EMPTY.never)();
    lk.patch(place, [
      h(
        "div",
        { class: "head" },
        h("b", null, t("Repair limits")),
        known && part.total ? h("span", { class: "q" }, summary(part.total, levelled)) : null,
        lk.ageNode(watch, now, "age"),
      ),
      rows.length
        ? h(
            "div",
            { class: "rows", style: `--places:${places};--place:${wide.place.toFixed(1)}rem;--kind:${wide.kind.toFixed(1)}rem;--time:${wide.time.toFixed(1)}rem` },
            rows.map((row) => rowNode(row, scale, wide.place - 0.3 * lk.smallest)),
          )
        : h("div", { class: "empty q" }, empty),
    ]);
  };

  /** A site whose sources have outages and no work orders lists what it has. */
  lk.panel("repairs", (place, now) => {
    const state = (table) => lk.watchOf([table], now).state;
    const draw = state("work_orders") === "unfed" && state("outages") !== "unfed" ? lk.drawOutages : drawRepairs;
    draw(place, now);
  });
})();
