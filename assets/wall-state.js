/* What the wall's panels share: how old their sources are, what units are called, and the two ways to say "not now". */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const distance = lk.page.distance;

  lk.smallest = { "3m": 2.2, "6m": 4.4, "10m": 7.3 }[distance]; // rem of the smallest text

  /** Whether a take-over leaves this place less room. */
  lk.isTaken = (place) => place.closest(".taken") !== null;

  /** Which rows of a list stand at `place`: [from, to), and how many places there are for them. */
  lk.span = (place) => {
    const { rows, from, taken } = place.dataset;
    const places = Number((lk.isTaken(place) && taken) || rows);
    return { from: Number(from ?? 0), to: Number(from ?? 0) + places, places };
  };

  /** Says whether `place` has nothing to show: a screen that begins with such a place is left out of the rotation. */
  lk.setEmpty = (place, isEmpty) => {
    if ((place.dataset.empty === "1") !== isEmpty) place.dataset.empty = isEmpty ? "1" : "0";
  };

  /** Rows of a part's columns as objects; empty when the part is not there. */
  lk.rows = (part) => {
    const columns = part?.columns;
    if (!columns) return [];
    const names = Object.keys(columns);
    return names.length ? columns[names[0]].map((_, i) => Object.fromEntries(names.map((n) => [n, columns[n][i]]))) : [];
  };

  const RANK = ["ok", "stale", "never", "error"];

  /** The state of one source at `now`: later than its promise is stale, whatever the server said when it last wrote. */
  const stateOf = (source, now) => {
    if (source.as_of === null) return source.state === "error" ? "error" : "never";
    const late = source.fresh_s !== null && now - source.as_of > source.fresh_s * 1000;
    if (late) return source.state === "error" ? "error" : "stale";
    return source.state === "stale" ? "stale" : "ok";
  };

  /** What feeds any of `tables`: the worst state, the oldest as-of among the sources in it, whether any was ever read.
      "unfed" when each source said what it feeds and it is none of them; one that was never read may still feed them. */
  lk.watchOf = (tables, now) => {
    const sources = lk.rows(lk.parts.sources);
    const feeding = sources.filter((s) => s.feeds.some((f) => tables.includes(f)));
    const said = sources.length > 0 && sources.every((s) => s.feeds.length);
    if (!feeding.length) return { state: said ? "unfed" : "never", asOf: null, read: false };
    const states = feeding.map((s) => stateOf(s, now));
    const state = RANK[Math.max(...states.map((s) => RANK.indexOf(s)))];
    const times = feeding.filter((s, i) => states[i] === state && s.as_of !== null).map((s) => s.as_of);
    return { state, asOf: times.length ? Math.min(...times) : null, read: feeding.some((s) => s.as_of !== null) };
  };

  /** How old a panel's data are, said so that it can not be overlooked when they are late. `room`: rem for the words of that. */
  lk.ageNode = ({ state, asOf }, now, className, room = Infinity) => {
    if (state === "unfed") return null; // what nothing feeds has no age
    const flag = { class: `${className} flag inverse` };
    if (asOf === null) return h("span", flag, state === "error" ? t("cannot be read") : t("nothing read yet"));
    if (state !== "ok") {
      const time = lk.when(asOf, now);
      const stopped = t("stopped {time}", { time });
      return h("span", flag, lk.textWidth(stopped, lk.smallest) <= room ? stopped : time);
    }
    return h("span", { class: className }, lk.lost ? lk.when(asOf, now) : lk.age(asOf, now));
  };

  const FEED = {
    work_orders: () => t("Orders"),
    outages: () => t("Outages"),
    surveys: () => t("Surveys"),
  };
  const KNOWN = Object.keys(FEED);

  /** What a reader calls the source with this name; the name itself where it feeds nothing a reader knows. */
  lk.sourceWord = (name) => {
    const feeds = lk.rows(lk.parts.sources).flatMap((s) => (s.name === name ? s.feeds : []));
    const feed = KNOWN.find((k) => feeds.includes(k));
    return feed ? FEED[feed]() : name;
  };

  /** Each source by what it feeds: [{word, state, asOf}]. A table that feeds nothing a reader knows is named when it alone
      of its source fails, and a source of such tables by one of them. */
  lk.sourceWords = (now) => {
    const seen = lk.rows(lk.parts.sources).map((s) => ({ ...s, state: stateOf(s, now), own: KNOWN.find((k) => (s.table ? s.feeds.slice(0, 1) : s.feeds).includes(k)) }));
    const isKnown = (s) => seen.some((other) => other.name === s.name && other.own);
    const isTold = (s) => seen.some((other) => other.name === s.name && other !== s && other.state !== "ok" && (other.own || seen.indexOf(other) < seen.indexOf(s)));
    return seen.flatMap((s) => {
      if (s.own) return [{ word: FEED[s.own](), state: s.state, asOf: s.as_of }];
      if (s.state === "ok" || isTold(s)) return [];
      const source = lk.sourceWord(s.name);
      return [{ word: isKnown(s) && s.table ? t("{source} ({table})", { source, table: s.table }) : source, state: s.state, asOf: s.as_of }];
    });
  };

  let named = null;
  let units = new Map();
  /** The unit with `code`, or undefined. */
  lk.unit = (code) => {
    if (named !== lk.parts.units) {
      named = lk.parts.units;
      units = new Map(lk.rows(named).map((u) => [u.code, u]));
    }
    return units.get(code);
  };

  /** What a wall calls the unit with `code`; the code itself when it has no name; null without a code. */
  lk.name = (code) => {
    if (code === null || code === undefined) return null;
    const unit = lk.unit(code);
    const name = unit && (lk.zh ? unit.name_zh || unit.name_en : unit.name_en || unit.name_zh);
    return name ? lk.shortName(name) : code;
  };

  const WIDER = lk.zh ? 1.06 : 1.02; // the browser puts a gap between Chinese and digits that a measured text has not
  const fits = (text, room, size = lk.smallest, bold = false) => lk.textWidth(text, size, bold) * WIDER <= room;

  /** Of `texts` the first that fits `room` rem; else the last, ended by an ellipsis, which the node says. */
  lk.fitting = (className, texts, room) => {
    const whole = texts.find((text) => fits(text, room));
    if (whole !== undefined) return h("span", { class: className }, whole);
    const text = texts.at(-1);
    let n = text.length - 1;
    while (n > 1 && !fits(`${text.slice(0, n)}…`, room)) n--;
    return h("span", { class: className, "data-may-cut": text }, `${text.slice(0, n).trimEnd()}…`);
  };

  /** A sentence about a place by the first of `names` with which it fits `room` rem; else the last name is cut, not the sentence. */
  lk.fittingSentence = (className, sentence, names, room, ...type) => {
    const known = names.filter(Boolean);
    const whole = known.map(sentence).find((said) => fits(said, room, ...type));
    if (whole !== undefined) return h("span", { class: className }, whole);
    let name = known.at(-1);
    while (name.length > 2 && !fits(sentence(`${name}…`), room, ...type)) name = name.slice(0, -1);
    return h("span", { class: className, "data-may-cut": sentence(known.at(-1)) }, sentence(`${name.trimEnd()}…`));
  };

  /** Width of a place in rem. */
  lk.widthOf = (place) => place.clientWidth / parseFloat(getComputedStyle(document.documentElement).fontSize);

  /** Where a row is: station and feeder as far as they fit `room` rem; the feeder goes first when it repeats the station. */
  lk.placeNode = (row, otherwise, room) => {
    const station = lk.name(row.station) ?? lk.name(row.county);
    const feeder = lk.name(row.feeder);
    const repeats = !lk.zh && station && feeder && feeder.startsWith(station);
    if (station && feeder && !repeats && fits(`${station} ${feeder}`, room)) return h("div", { class: "place" }, station, " ", h("span", { class: "q" }, feeder));
    const [name] = [station, feeder].filter(Boolean);
    return h("div", { class: "place" }, lk.fitting(null, [name ?? otherwise], room));
  };

  /** Open repairs by level at `now`: exact from the list while it is whole, else as the server counted them. */
  lk.levelCounts = (now) => {
    const part = lk.parts.repairs;
    const rows = lk.rows(part);
    const counts = { blue: 0, yellow: 0, orange: 0, red: 0 };
    if (part && part.total === rows.length) {
      for (const row of rows) {
        const level = lk.levelOf(row.start_at, row.due_at, now);
        if (level) counts[level] += 1;
      }
    } else {
      for (const row of lk.rows(lk.parts.counties)) for (const level of lk.levels) counts[level] += row[level];
    }
    return counts;
  };

  /** Shapes with their numbers, worst first; a word and no colour when there are none. */
  lk.countNodes = (counts) => {
    const shown = [...lk.levels].reverse().filter((level) => counts[level]);
    if (!shown.length) return [h("span", { class: "q" }, t("all within their time"))];
    return shown.flatMap((level) => [lk.mark(level), h("b", null, lk.count(counts[level]))]);
  };
})();
