/* Hotspots: where complaints gather more than chance has it. The rarest with its days at 3 m, further ones a line each; at
   6 and 10 m two lines each; and a line of the foot. Quiet when there is none. What is only watched is counted, not shown. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  const LEVEL = { alert: "orange", severe: "red" };
  const MARK = 2; // ems that a mark and its gap take
  const STRONG = { "3m": 2.8, "6m": 5.2, "10m": 9.6 }[distance]; // --t-strong
  const CHART = { days: 14, high: 118, text: 22, line: 2 }; // tenths of a rem
  const FULL_REM = 45; // of a chart that has room for every day
  const SIDE_REM = 1.6; // between the text and the chart, as in wall-hotspots.css
  const [OFTEN_D, LONGEST_Y] = [3, 10]; // as dashboard/components/hotspot_words.py has them, and these
  const SPANS = [
    { below: 90, days: 1, one: (n) => t("{n} day##rarity", { n }), many: (n) => t("{n} days##rarity", { n }) },
    { below: 730, days: 30.44, one: (n) => t("{n} month##rarity", { n }), many: (n) => t("{n} months##rarity", { n }) },
    { below: Infinity, days: 365.25, one: (n) => t("{n} year##rarity", { n }), many: (n) => t("{n} years##rarity", { n }) },
  ];

  const matterOf = (row) => lk.categoryWord(row.category) ?? t("all demands");
  const expectedOf = (v) => (v >= 100 ? lk.count(Math.round(v)) : v.toFixed(1));
  const placesOf = (row) => [lk.name(row.feeder), lk.name(row.station), lk.name(row.county), lk.name(row.city)].filter(Boolean);
  const placeOf = (row) => lk.name(row.station) ?? placesOf(row)[0] ?? t("several places");

  /** Whether nobody looks for any: switched off, or nothing feeds the orders. */
  const isOff = () => !lk.parts.hotspots || lk.parts.hotspots.state === "off" || lk.watchOf(["work_orders"], lk.now()).state === "unfed";

  /** Hotspots that alert, rarest first; of the unit that the wall shows. None while nobody looks. */
  lk.hotspots = () =>
    lk
      .rows(isOff() ? null : lk.parts.hotspots)
      .filter((row) => LEVEL[row.grade] && row.state === "open")
      .map((row) => ({ ...row, level: LEVEL[row.grade] }))
      .sort((a, b) => (b.recurrence_d ?? 0) - (a.recurrence_d ?? 0));

  /** How often chance alone would do it: 约9天一遇 / once in 9 days. */
  const rarity = ({ recurrence_d: days, recurrence_is_below: below }) => {
    if (below) return t("once in {n} days or oftener", { n: OFTEN_D });
    if (days === null) return "—";
    if (days >= LONGEST_Y * 365) return t("less than once in {n} years", { n: LONGEST_Y });
    const span = SPANS.find(({ below }) => days < below);
    const n = Math.max(1, Math.round(days / span.days));
    return t("once in {time}", { time: n === 1 ? span.one(n) : span.many(n) });
  };

  const counted = (row) => t("{n}, expected {expected}##hotspot", { n: lk.count(row.observed), expected: expectedOf(row.expected) });
  const dayOf = (ms) => lk.when(ms, 0).split(" ").slice(0, lk.zh ? 1 : 2).join(" ");
  const since = (row) => t("since {time}##hotspot", { time: dayOf(row.since) });
  const told = (row) => t("{n} since {time}, expected {expected}", { n: lk.count(row.observed), time: dayOf(row.since), expected: expectedOf(row.expected) });
  const lasting = (row, now) => t("{n} in {time}, expected {expected}##hotspot", { n: lk.count(row.observed), time: lk.duration(now - row.since), expected: expectedOf(row.expected) });
  const wordsOf = (row) => (row.words ?? []).map((w) => w.word ?? w);

  /** As many of the main words as fit `room` rem. */
  const wordsNode = (row, room) => {
    const words = wordsOf(row);
    const gap = lk.zh ? "　" : ", ";
    for (let n = words.length; n > 0; n--) {
      const said = words.slice(0, n).join(gap);
      if (lk.wide(said) <= room) return h("div", { class: "q" }, said);
    }
    return null;
  };

  /** The place by the first of its names that fits `room` rem. */
  const nameNode = (row, room, size) => lk.fittingSentence(null, (name) => name, [...new Set([placeOf(row), ...placesOf(row)])], room, size, true);

  /** Mark, place and category as far as they fit `room` rem. */
  const titleNode = (row, room, size) => {
    const rest = room - MARK * size;
    const name = nameNode(row, rest, size);
    const left = rest - lk.wide(name.children[0], size, true) - size * 0.5;
    const matter = matterOf(row);
    return h("div", { class: "title" }, lk.mark(row.level), h("b", null, name), lk.wide(matter, size) <= left ? h("span", null, matter) : null);
  };

  /** The last days of the rarest one: grey up to the expectation, the excess of days above it in the colour of text. */
  const chartNode = (chart, room, finding) => {
    const n = Math.min(room > FULL_REM ? Infinity : CHART.days, chart.day.length);
    const of = (name) => chart[name].slice(-n);
    const [observed, expected, high, day] = [of("observed"), of("expected"), of("high"), of("day")];
    const [width, { high: height, text, line }] = [room * 10, CHART];
    const bottom = height - text * 1.35;
    const most = Math.max(3, ...observed, ...expected);
    const y = (v) => bottom - ((bottom - 4) * v) / most;
    const step = width / n;
    const n1 = (v) => v.toFixed(1);
    const bar = (i, from, to, cls) => (to > from ? h("svg:rect", { x: n1(step * (i + 0.14)), width: n1(step * 0.72), y: n1(y(to)), height: n1(y(from) - y(to)), class: cls }) : null);
    const bars = observed.flatMap((v, i) => [bar(i, 0, Math.min(v, expected[i]), "within"), bar(i, expected[i], v, v > high[i] ? "over" : "within")]);
    const usual = expected.map((v, i) => `${i ? "L" : "M"}${n1(step * i)} ${n1(y(v))}H${n1(step * (i + 1))}`).join("");
    const at = { y: height - text * 0.2, "font-size": text, class: "qq" };
    const middle = `— ${t("expected")}`;
    const [first, last] = [dayOf(toMs(day[0])), dayOf(toMs(day.at(-1)))];
    const fits = lk.wide(first, text / 10) + lk.wide(middle, text / 10) + lk.wide(last, text / 10) + 2 * lk.smallest < room;
    return h(
      "svg:svg",
      { class: "days", viewBox: `0 0 ${n1(width)} ${height}`, style: `width:${width / 10}rem;height:${height / 10}rem`, role: "img", "aria-label": finding },
      bars,
      h("svg:path", { d: usual, class: "usual", "stroke-width": line * 1.4 }),
      h("svg:path", { d: `M0 ${n1(bottom)}H${n1(width)}`, class: "base", "stroke-width": line }),
      h("svg:text", { ...at, x: 0 }, first),
      fits ? h("svg:text", { ...at, x: n1(width / 2), "text-anchor": "middle" }, middle) : null,
      h("svg:text", { ...at, x: n1(width), "text-anchor": "end" }, last),
    );
  };
  const toMs = (day) => (typeof day === "string" ? Date.parse(day) : day);

  /** The rarest at 3 m: what, how many, how rare, its words; beside it its days. */
  const bigNode = (row, room) => {
    const chart = lk.parts.hotspots.chart;
    const has = chart && chart.number === row.number && chart.day.length > 1;
    const wide = has ? Math.min(room * 0.5, 60) : 0;
    const rest = room - (has ? wide + SIDE_REM : 0);
    const said = lk.fitting(null, [told(row), counted(row)], rest);
    const lines = [titleNode(row, rest, STRONG), h("div", null, said), h("div", { class: "q" }, lk.fitting(null, [rarity(row)], rest)), wordsNode(row, rest)];
    return h("div", { class: "big", key: row.number }, h("div", { class: "said" }, lines), has ? chartNode(chart, wide, `${placeOf(row)} ${matterOf(row)} ${counted(row)}`) : null);
  };

  /** A further one at 3 m, in one line. */
  const lineNode = (row, room) => {
    const right = rarity(row);
    const rest = room - lk.wide(right) - MARK * lk.smallest - 1.2;
    const texts = [`${placeOf(row)} ${matterOf(row)} ${counted(row)}`, `${placeOf(row)} ${counted(row)}`, ...placesOf(row)];
    return h("div", { class: "line", key: row.number }, lk.mark(row.level), lk.fitting("name", texts, rest), h("span", { class: "r q" }, right));
  };

  /** At 6 and 10 m: two lines. */
  const pairNode = (row, room) => {
    const right = counted(row);
    const rare = rarity(row);
    const half = room - lk.wide(rare) - MARK * lk.smallest;
    return h(
      "div",
      { class: "two", key: row.number },
      h("div", { class: "split" }, titleNode(row, room - lk.wide(right, lk.smallest, true) - 2 * lk.smallest, lk.smallest), h("b", null, right)),
      h("div", { class: "split q" }, lk.fitting(null, [[since(row), ...wordsOf(row)].join(lk.zh ? "　" : ", "), since(row)], half), h("span", null, rare)),
    );
  };

  const WHY = {
    not_enough_history: () => t("too little history to find any"),
    calibrating: () => t("the threshold is being measured"),
    never: () => t("not looked yet"),
  };

  lk.panel("hotspots", (place, now) => {
    const part = lk.parts.hotspots;
    const watch = lk.watchOf(["work_orders"], now);
    const { from, to, places } = lk.span(place);
    if (isOff()) {
      lk.setEmpty(place, true);
      return lk.patch(place, []);
    }
    const all = lk.hotspots();
    lk.setEmpty(place, watch.state === "ok" && all.length <= from);
    const room = lk.widthOf(place);
    const blind = lk.blindNode("work_orders", part, watch);
    const watched = lk.rows(part).filter((row) => row.grade === "watch").length;
    const count = all.length ? t("{n} standing##hotspots", { n: all.length }) : "";
    const looked = part.looked_at ? t("looked {time}", { time: lk.when(part.looked_at, now) }) : "";
    const also = watched ? t("{n} watched##hotspots", { n: watched }) : "";
    const joined = (...texts) => texts.filter(Boolean).join(lk.zh ? "，" : ", ");
    const head = lk.headNode(t("Hotspots"), blind ? [] : [joined(count, also, looked), joined(count, also), count].filter(Boolean), blind ? null : watch, now, room);
    const shown = all.slice(from, to);
    const node = (row, i) => (distance === "3m" ? (i ? lineNode(row, room) : bigNode(row, room)) : pairNode(row, room));
    const none = () => lk.zeroNode(WHY[part.state]?.() ?? t("No hotspot stands."));
    const inside = blind ?? (shown.length ? h("div", { class: "hot-rows", style: `--places:${places}` }, shown.map(node)) : none());
    lk.patch(place, [head, blind ? null : lk.staleStrip(watch), watch.state === "ok" || blind ? inside : h("div", { class: "old" }, inside)].filter(Boolean));
  });

  /** The rarest in one line of `room` rem, for how long it has stood, and the ring that it has on the map; null where
      there is none, or nobody can know. */
  lk.hotspotLine = (room, now) => {
    const [row] = lk.hotspots();
    if (!row || lk.blindNode("work_orders", lk.parts.hotspots, lk.watchOf(["work_orders"], now))) return null;
    const ring = h("svg:svg", { class: "lv", viewBox: "0 0 24 24", "aria-hidden": "true" }, h("svg:circle", { cx: 12, cy: 12, r: 10, fill: "none", stroke: `var(--${row.level})`, "stroke-width": 2.6, "stroke-dasharray": "5 3" }));
    const few = lk.count(row.observed);
    const most = room - 2 * MARK * lk.smallest;
    const name = nameNode(row, most - lk.wide(few), lk.smallest);
    const rest = most - lk.wide(name.children[0], lk.smallest, true);
    return [lk.mark(row.level), ring, h("b", null, name), lk.fitting("what", [`${matterOf(row)} ${lasting(row, now)}`, lasting(row, now), counted(row), few], rest)];
  };
})();
