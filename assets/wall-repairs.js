/* The countdown list: which repair is nearest to or past its limit, and how long there is. One now-line through all rows. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const MIN = 60000;
  const distance = lk.page.distance;
  // Widths in rem of the column with the place, as in wall.css.
  const ROOM = { "3m": lk.zh ? 17 : 26, "6m": lk.zh ? 29 : 42, "10m": 62 }[distance];
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

  const rowNode = (row, scale) => {
    const overdue = row.level === "red";
    const time = overdue ? t("{duration} over", { duration: lk.duration(row.left) }) : lk.duration(row.left);
    const fresh = overdue && row.alert !== "acknowledged";
    return h(
      "div",
      { class: "row", "data-order": row.order_no },
      lk.mark(row.level),
      lk.placeNode(row, row.order_no, ROOM),
      h("div", { class: "q" }, CLOCK[row.clock]()),
      bar(row, scale),
      h("div", { class: fresh ? "left new" : "left" }, h("span", null, time)),
    );
  };

  const summary = (total, levelled) => t("{open} open, {fine} in good time", { open: lk.count(total), fine: lk.count(total - levelled) });

  const EMPTY = {
    error: () => t("the order database cannot be read"),
    never: () => t("nothing read yet"),
    unfed: () => t("not connected"),
  };

  /** Fills the list with its head. */
  lk.drawRepairs = (place, now) => {
    const part = lk.parts.repairs;
    const watch = lk.watchOf(["work_orders"], now);
    const counts = lk.levelCounts(now);
    const levelled = lk.levels.reduce((sum, level) => sum + counts[level], 0);
    const known = part && watch.read;
    const rows = known ? nearest(now).slice(0, lk.listed) : [];
    const scale = axis(rows);
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
        ? h("div", { class: "rows", style: `--places:${lk.listed}` }, rows.map((row) => rowNode(row, scale)))
        : h("div", { class: "empty q" }, empty),
    ]);
  };
})();
