/* Complaints and satisfaction: lists of few words each, an interval for each station, and today's complaints in their usual
   range. What the rows say comes from the parts `complaints` and `revisits`. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  const GAP = { "3m": 1.2, "6m": 2.4, "10m": 3 }[distance]; // rem between columns, as in wall-matters.css

  const CHANNEL = { app: () => t("app"), media: () => t("media"), other: () => t("other") };
  const categoryOf = (code) => lk.categoryWord(code) ?? "—";
  const channelOf = (code) => CHANNEL[code]?.() ?? code ?? t("unknown");
  const placeOf = (row) => [lk.name(row.station), lk.name(row.county)].filter(Boolean).concat("—");
  const matterOf = (row) => [row.subcategory_1, categoryOf(row.category)].filter(Boolean);

  /** One row: a name that fits, a second text where there is room, and what stands at the right. `right`: [text, bold]. */
  const rowNode = (key, names, second, right, room) => {
    const width = lk.wide(right[0], lk.smallest, right[1]);
    const rest = room - width - GAP;
    const half = second ? rest * 0.5 - GAP : rest;
    return h(
      "div",
      { key },
      lk.fitting("name", names, half),
      second ? (typeof second === "function" ? second(half) : lk.fitting("q", second, half)) : h("span"),
      h(right[1] ? "b" : "span", { class: "r" }, right[0]),
    );
  };

  /** A panel of rows. `draw(row, room, i, now)` gives a row's node; `none`: what a real zero says. */
  const list = (name, { title, table, part, rows, said, none, draw }) =>
    lk.panel(name, (place, now) => {
      const body = lk.parts[part];
      const watch = lk.watchOf([table], now);
      const { from, places } = lk.span(place);
      const blind = lk.blindNode(table, body, watch);
      const all = blind ? [] : rows(body);
      lk.setEmpty(place, watch.state === "ok" && body !== undefined && all.length <= from);
      const room = lk.widthOf(place);
      const shown = all.slice(from, from + places);
      const filled = () => h("div", { class: "matter-rows", style: `--places:${places}` }, shown.map((row, i) => draw(row, room, i, now)));
      const inside = blind ?? (shown.length ? filled() : lk.zeroNode(none()));
      const old = watch.state !== "ok" && !blind;
      const words = blind || !said ? [] : said(body, all);
      lk.patch(place, [lk.headNode(title(), words, blind ? null : watch, now, room), blind ? null : lk.staleStrip(watch), old ? h("div", { class: "old" }, inside) : inside].filter(Boolean));
    });

  const days = (n) => t("{n} days##span", { n });

  list("third", {
    title: () => t("Third calls on one matter"),
    table: "work_orders",
    part: "complaints",
    rows: (body) => lk.rows(body.third),
    said: (body) => [t("{n} in {days}", { n: lk.count(body.third.total), days: days(body.days) }), lk.count(body.third.total)],
    none: () => t("Nobody had to call three times."),
    draw: (row, room, i) => rowNode(i, placeOf(row), matterOf(row), [t("{n} calls", { n: lk.count(row.count) }), true], room),
  });

  list("escalated", {
    title: () => t("Escalated"),
    table: "work_orders",
    part: "complaints",
    rows: (body) => lk.rows(body.escalated),
    said: (body) => [t("{n} in {days}", { n: lk.count(body.escalated.total), days: days(body.days) }), lk.count(body.escalated.total)],
    none: () => t("No demand went a level higher."),
    draw: (row, room, i) => rowNode(i, placeOf(row), matterOf(row), [`${channelOf(row.came_from)} → ${channelOf(row.channel)}`, true], room),
  });

  const against = (row) => t("{n}, usually {usual}", { n: lk.count(row.week), usual: String(row.before) });

  list("channels", {
    title: () => t("Complaints by channel"),
    table: "work_orders",
    part: "complaints",
    rows: (body) => lk.rows(body.channels),
    said: () => [t("7 days")],
    none: () => t("No complaint in these weeks."),
    draw: (row, room, i) => rowNode(i, [channelOf(row.channel)], null, [against(row), false], room),
  });

  list("growing", {
    title: () => t("Growing"),
    table: "work_orders",
    part: "complaints",
    rows: (body) => lk.rows(body.growing),
    said: () => [t("7 days against 4 weeks before"), t("7 days")],
    none: () => t("No class grows beyond chance."),
    draw: (row, room, i) => rowNode(i, matterOf(row), [categoryOf(row.category)], [against(row), true], room),
  });

  /** Interval and dot of a rate on one scale for all rows. */
  const railNode = (row, low, high, room) => {
    const [width, height] = [Math.max(1, room * 10), lk.smallest * 10];
    const x = (v) => (width * (v - low)) / Math.max(high - low, 0.1);
    const y = height / 2;
    return h(
      "svg:svg",
      { class: "rail", viewBox: `0 0 ${width.toFixed(0)} ${height.toFixed(0)}`, style: `width:${width / 10}rem;height:${height / 10}rem`, "aria-hidden": "true" },
      h("svg:path", { d: `M${x(row.low).toFixed(1)} ${y}H${x(row.high).toFixed(1)}`, "stroke-width": height / 7 }),
      h("svg:circle", { cx: x(row.value).toFixed(1), cy: y, r: height / 4.6 }),
    );
  };

  list("stations", {
    title: () => t("Satisfied by station"),
    table: "surveys",
    part: "revisits",
    rows: (body) => lk.rows(body.stations),
    said: (body) => [`${days(body.days)}, ${t("where intervals overlap there is no rank")}`, days(body.days)],
    none: () => t("no answer in 30 days"),
    draw: (row, room, i) => {
      const all = lk.rows(lk.parts.revisits.stations);
      const low = Math.min(...all.map((r) => r.low));
      const high = Math.max(...all.map((r) => r.high));
      const where = row.first === row.last ? String(row.first) : `${row.first}–${row.last}`;
      const names = [lk.name(row.code), lk.name(row.county)].filter(Boolean).concat("—");
      const right = distance === "10m" ? `${lk.rate(row.value)}%` : `${where}${lk.zh ? "，" : ", "}${lk.rate(row.value)}%`;
      return rowNode(row.code ?? i, names, (half) => railNode(row, low, high, half), [right, false], room);
    },
  });

  list("reasons", {
    title: () => t("Why not satisfied"),
    table: "surveys",
    part: "revisits",
    rows: (body) => lk.rows(body.reasons),
    said: (body) => [days(body.days)],
    none: () => t("Nobody was dissatisfied."),
    draw: (row, room, i) => rowNode(i, [row.reason ?? t("no reason given")], null, [lk.count(row.n), true], room),
  });

  const left = (row, now) => (row.due_at < now ? t("{duration} over", { duration: lk.duration(now - row.due_at) }) : lk.duration(row.due_at - now));

  list("cases", {
    title: () => t("Dissatisfied, not taken up"),
    table: "surveys",
    part: "revisits",
    rows: (body) => lk.rows(body.cases),
    said: (body) => [t("{n} open, {late} past 24 h", { n: lk.count(body.cases.open), late: lk.count(body.cases.late) }), lk.count(body.cases.open)],
    none: () => t("Every dissatisfied answer was taken up."),
    draw: (row, room, i, now) => rowNode(i, placeOf(row), [row.reason_1, categoryOf(row.category)].filter(Boolean), [left(row, now), row.due_at < now], room),
  });

  const figureNode = (label, text, small, below) =>
    h("div", null, h("span", { class: "q" }, label), h("b", { class: "value" }, text, small ? h("small", null, small) : null), h("span", { class: "qq" }, below));

  lk.panel("expected", (place, now) => {
    const body = lk.parts.complaints;
    const watch = lk.watchOf(["work_orders"], now);
    const blind = lk.blindNode("work_orders", body, watch);
    const room = lk.widthOf(place);
    const range = () => (body.usual === null ? t("too little history to compare") : t("usually {low}–{high} by now", { low: lk.count(Math.round(body.low)), high: lk.count(Math.round(body.high)) }));
    const inside = blind ?? h("div", { class: "pair" }, figureNode(t("Accepted today"), lk.count(body.today), null, range()));
    lk.patch(place, [lk.headNode(t("Complaints"), [], blind ? null : watch, now, room), blind ? null : lk.staleStrip(watch), watch.state === "ok" || blind ? inside : h("div", { class: "old" }, inside)].filter(Boolean));
  });

  const signed = (v) => (v < 0 ? `−${Math.abs(v).toFixed(0)}` : v.toFixed(0));

  /** The live rate with its interval; few answers are counted. */
  const satisfied = () => {
    const kpi = lk.kpi("satisfaction_rate");
    const label = lk.kpiLabel("satisfaction_rate");
    if (!kpi || kpi.value === null) return figureNode(label, "—", null, t("no answer in 30 days"));
    if (kpi.n < 30) return figureNode(label, `${kpi.successes}/${kpi.n}`, null, t("too few for a rate"));
    return figureNode(label, lk.rate(kpi.value), "%", `${kpi.low.toFixed(1)}–${kpi.high.toFixed(1)}`);
  };

  lk.panel("answers", (place, now) => {
    const body = lk.parts.revisits;
    const watch = lk.watchOf(["surveys"], now);
    const blind = lk.blindNode("surveys", body, watch);
    const room = lk.widthOf(place);
    const pair = () => {
      const { response, nps } = body;
      const answered = response.value === null ? figureNode(t("Answered revisits"), "—", null, t("no answer in 30 days")) : figureNode(t("Answered revisits"), lk.rate(response.value), "%", t("of {n}##surveys", { n: lk.count(response.n) }));
      const score = nps.value === null ? figureNode(t("Net promoter score"), "—", null, t("no score in 30 days")) : figureNode(t("Net promoter score"), signed(nps.value), null, `${signed(nps.low)} … ${signed(nps.high)}`);
      return h("div", { class: "pair" }, distance === "10m" ? null : satisfied(), answered, score);
    };
    const inside = blind ?? pair();
    lk.patch(place, [lk.headNode(t("Answers"), blind ? [] : [days(body.days)], blind ? null : watch, now, room), blind ? null : lk.staleStrip(watch), watch.state === "ok" || blind ? inside : h("div", { class: "old" }, inside)].filter(Boolean));
  });
})();
