/* The countdown list in full: every open repair by its deadline, over as many screens as the layout has for it. A red fill
   is an overdue limit that nobody has acknowledged. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  const GAP = { "3m": 0.6, "6m": 1.6, "10m": 2.4 }[distance]; // rem between two columns, as in wall-repairs-page.css
  // rem of each column; the axis has the rest. What has no column is said elsewhere or on a nearer wall.
  const COLUMNS = {
    "3m": lk.zh ? { place: 17.2, clock: 5.6, stage: 6.2, crew: 11.2, out: 9.4, left: 17.4 } : { place: 21.6, clock: 8, stage: 11.8, crew: 12.8, out: 7.8, left: 17.4 },
    "6m": lk.zh ? { place: 30, clock: 9.8, stage: 9.8, out: 18.8, left: 33 } : { place: 38, clock: 16.4, out: 15.4, left: 35 },
    "10m": lk.zh ? { place: 46, clock: 15.6, left: 54 } : { place: 48, clock: 26, left: 58 },
  }[distance];
  const MARK = { "3m": 3.6, "6m": 5.4, "10m": 8.4 }[distance];
  const LEFT = { "3m": 2.6, "6m": 5.2, "10m": lk.zh ? 9.6 : 7.3 }[distance]; // rem of the time that is left
  const WIDTH = { "3m": { repairs: 122.4, other: 184.8 }, "6m": { other: 182.4 }, "10m": { other: 180.8 } }[distance];
  const PAD = { "3m": { left: 2, right: 0 }, "6m": { left: 1.6, right: 1.6 }, "10m": { left: 1.6, right: 1.6 } }[distance]; // rem beside the axis

  const CLOCK = { arrival: () => t("Arrive"), restoration: () => t("Restore") };
  const HEADS = {
    place: (rem) => (lk.wide(t("station, feeder##column")) <= rem ? t("station, feeder##column") : t("station##column")),
    clock: () => t("limit##column"),
    stage: () => t("stage##column"),
    crew: () => t("crew##column"),
    out: () => t("out##column"),
    left: () => t("left##column"),
  };

  /** The columns of a list `width` rem wide: [name, rem]. Without a source of outages nobody can say who is out. */
  const columnsOf = (width, now) => {
    const counted = lk.watchOf(["outages"], now).state !== "unfed";
    const shown = Object.entries(COLUMNS).filter(([name]) => name !== "out" || counted);
    const used = shown.reduce((sum, [, rem]) => sum + rem + GAP, MARK + GAP);
    const at = shown.length - 1; // the axis stands before the time that is left
    return [["mark", MARK], ...shown.slice(0, at), ["axis", width - used], shown[at]];
  };

  /** A crew beside its station: without the station's name where it repeats it and there is no room for both; that of
      another station keeps the name and goes without the word that stands in the head. */
  const crewText = (row, room) => {
    const name = lk.name(row.crew);
    if (name === null || lk.wide(name) <= room) return name ?? "";
    const unit = lk.unit(row.station);
    const said = [lk.zh ? unit?.name_zh : unit?.name_en, lk.name(row.station)].find((station) => station && name.startsWith(station));
    return (said ? name.slice(said.length).trim() : lk.withoutCrew(name)) || name;
  };

  const leftNode = (row) => {
    const fresh = row.level === "red" && row.alert !== "acknowledged";
    return h("div", { class: fresh ? "left new" : "left" }, h("span", null, leftText(row)));
  };

  const leftText = (row) => (row.level === "red" ? t("{duration} over", { duration: lk.duration(row.left) }) : lk.duration(row.left));

  const outNode = ({ customers }) => {
    if (customers === null) return h("div", { class: "qq r" }, "—");
    const text = lk.zh ? t("{n} cust.", { n: lk.count(customers) }) : lk.count(customers);
    return h("div", { class: customers >= 10 ? "r" : "qq r" }, text);
  };

  const CELL = {
    mark: (row) => lk.mark(row.level),
    place: (row, rem) => lk.placeNode(row, row.order_no, rem),
    clock: (row) => h("div", { class: "q" }, CLOCK[row.clock]()),
    stage: (row, rem) => lk.fitting("q", [lk.stageWord(row.stage)], rem),
    crew: (row, rem) => lk.fitting("q", [crewText(row, rem)], rem),
    out: outNode,
    axis: (row, _rem, axis) => lk.axisBar(row, axis),
    left: leftNode,
  };

  const HEAD = {
    mark: () => h("span"),
    axis: (rem, axis) => h("div", { class: "ticks" }, lk.axisLabels(axis, rem - PAD.left - PAD.right, PAD)),
  };
  const RIGHT = ["out", "left"];

  const headNode = (columns, axis) =>
    h("div", { class: "axis qq" }, columns.map(([name, rem]) => HEAD[name]?.(rem, axis) ?? h("span", { class: RIGHT.includes(name) ? "r" : null }, HEADS[name](rem))));

  const lines = (columns, what) => {
    const axisAt = columns.findIndex(([name]) => name === "axis") + 1;
    return h("div", { class: "across", "aria-hidden": "true" }, h("div", { style: `grid-column:${axisAt}` }, what));
  };

  const listNode = (rows, all, { places }, width, now) => {
    const columns = columnsOf(width, now);
    const axis = lk.axisOf(rows, now);
    const row = (r) => h("div", { class: "row", "data-order": r.order_no, key: `${r.source}:${r.order_no}` }, columns.map(([name, rem]) => CELL[name](r, rem, axis)));
    const sizes = `--cols:${columns.map(([, rem]) => `${rem.toFixed(2)}rem`).join(" ")};--places:${places}`;
    // A time with hours past the limit makes the whole column smaller: it is never cut, and the list has one size
    // on all its screens, which may stand beside each other.
    const isLong = all.some((r) => lk.wide(leftText(r), LEFT, true) > columns.at(-1)[1]);
    return h("div", { class: isLong ? "limits long" : "limits", style: sizes }, headNode(columns, axis), h("div", { class: "course" }, lines(columns, lk.axisGrid(axis)), h("div", { class: "rows" }, rows.map(row)), lines(columns, lk.axisNow(axis))));
  };

  const comma = lk.zh ? "，" : ", ";

  /** What the head says of all open repairs, longest first. */
  const summaries = (part, watch, now) => {
    const counts = lk.levelCounts(now);
    const levels = [...lk.levels].reverse().filter((level) => counts[level]);
    const open = t("{n} open##repairs", { n: lk.count(part.total) });
    const others = part.without_limit ? [t("{n} without a limit", { n: lk.count(part.without_limit) })] : [];
    if (watch.state !== "ok") return [open]; // which of them are late by now nobody knows
    const each = levels.map((level) => t("{n} {word}##level", { n: lk.count(counts[level]), word: lk.levelWord(level) }));
    const legend = t("thin: time used, thick: time left");
    return [`${[open, ...each, ...others].join(comma)}　　${legend}`, [open, ...each, ...others].join(comma), [open, ...each].join(comma), [open, ...each.slice(0, 1)].join(comma), open];
  };

  /** What the head says where the list goes on from an earlier screen. */
  const positions = (part, from, shown) => {
    const values = { from: lk.count(from + 1), to: lk.count(from + shown), total: lk.count(part.total) };
    return [t("{from} to {to} of {total}", values)];
  };

  /** How many open repairs stand on no screen, said on the last one. */
  const unlisted = (part, place, span) => {
    const ends = [...document.querySelectorAll("#wall [data-panel=limits]")].map((p) => lk.span(p).to);
    const held = Math.min(Math.max(...ends), lk.rows(part).length);
    const more = part.total - held;
    return more > 0 && span.to >= held && span.from < held ? t("{n} more not shown", { n: lk.count(more) }) : null;
  };

  const saidOf = (part, place, span, shown, now) => {
    const more = unlisted(part, place, span);
    const said = span.from > 0 ? positions(part, span.from, shown) : summaries(part, lk.watchOf(["work_orders"], now), now);
    return more ? [...said.map((text) => text + comma + more), more] : said;
  };

  lk.panel("limits", (place, now) => {
    const part = lk.parts.repairs;
    const watch = lk.watchOf(["work_orders"], now);
    const span = lk.span(place);
    const screen = place.closest(".screen").dataset.screen;
    const width = WIDTH[screen] ?? WIDTH.other;
    const all = lk.rows(part).map((r) => ({ ...r, level: lk.levelOf(r.start_at, r.due_at, now), left: r.due_at - now }));
    const rows = all.slice(span.from, span.to);
    lk.setEmpty(place, span.from > 0 && !rows.length);
    // Rows that were read once stay, dimmed: what was running still runs, and nobody knows better.
    const blind = rows.length && watch.asOf !== null ? null : lk.blindNode("work_orders", part, watch);
    const said = blind || !rows.length ? [] : saidOf(part, place, span, rows.length, now);
    const title = span.from > 0 ? t("Repair countdown, continued") : t("Repair countdown");
    const body = blind ?? (rows.length ? listNode(rows, all, span, width, now) : lk.zeroNode(t("No open repair.")));
    const old = !blind && watch.state !== "ok";
    lk.patch(place, [h("div", { class: old ? "whole old" : "whole" }, lk.headNode(title, said, blind ? null : watch, now, width), old ? lk.staleStrip(watch) : null, body)]);
  });
})();
