/* The lines round the picture: transitions, estimates of restoration, satisfaction, what is wrong with the sources. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const distance = lk.page.distance;
  const full = distance === "3m";
  const ESTIMATE_REM = { "3m": 14, "6m": 30, "10m": 46 }[distance]; // what a passed estimate may fill, as in wall-situation.css

  const BESIDE_REM = { "3m": lk.zh ? 26.6 : 29.2, "6m": 62.5, "10m": 104.5 }[distance]; // the other columns of an estimate, as there

  // By condition and level, or by condition alone.
  const WHAT = {
    "dispatch orange": (place) => t("{place}: dispatch nearly due", { place }),
    "dispatch red": (place) => t("{place}: dispatch overdue", { place }),
    "receive orange": (place) => t("{place}: receipt nearly due", { place }),
    "receive red": (place) => t("{place}: receipt overdue", { place }),
    "arrival orange": (place) => t("{place}: arrive nearly due", { place }),
    "arrival red": (place) => t("{place}: arrive overdue", { place }),
    "restoration orange": (place) => t("{place}: restore nearly due", { place }),
    "restoration red": (place) => t("{place}: restore overdue", { place }),
    "contact orange": (place) => t("{place}: contact nearly due", { place }),
    "contact red": (place) => t("{place}: contact overdue", { place }),
    "answer orange": (place) => t("{place}: answer nearly due", { place }),
    "answer red": (place) => t("{place}: answer overdue", { place }),
    estimate_expired: (place) => t("{place}: estimate passed", { place }),
    long: (place) => t("{place}: out for very long", { place }),
    sensitive_out: (place) => t("{place}: sensitive customers out", { place }),
    important_out: (place) => t("{place}: important customers out", { place }),
    not_started: (place) => t("{place}: planned work not begun", { place }),
    not_restored: (place) => t("{place}: planned work not over", { place }),
    notice_late: (place) => t("{place}: notice late", { place }),
    frequent: (place) => t("{place}: often without supply", { place }),
    calls: (place) => t("{place}: calls again and again", { place }),
    escalated: (place) => t("{place}: demand escalated", { place }),
    leapfrog: (place) => t("{place}: demand escalated", { place }),
    grade: (place) => t("{place}: important demand", { place }),
    dissatisfied: (place) => t("{place}: dissatisfied, not taken up", { place }),
    hotspot: (place) => t("{place}: complaints gather", { place }),
    wide_rise: () => t("Complaints rise everywhere"),
    tick_s: () => t("The watch is slow"),
    undelivered: () => t("Messages do not get out"),
    failed_deliveries: () => t("Messages do not get out"),
    calendar_days: () => t("Calendar of working days ends"),
    disk_free_percent: () => t("Disk of the watch nearly full"),
    clock_skew_s: () => t("Clocks far apart"),
  };
  const OF_SOURCE = ["source_stale", "source_suspicious"];

  /** One transition as a sentence about `place`, without a person in it. */
  const sentence = (row, place) => {
    const isSource = row.rule === "source_stale";
    if (row.event === "acknowledged") return t("{place}: acknowledged", { place });
    if (row.event === "cleared") return isSource ? t("{place}: data current again", { place }) : t("{place}: settled", { place });
    if (isSource) return t("{place}: data late", { place });
    const what = WHAT[`${row.clock} ${row.level}`] ?? WHAT[row.clock];
    const kpi = lk.kpi(row.clock) && lk.kpiLabel(row.clock);
    return what?.(place) ?? (kpi ? t("{place}: {figure} below target", { place, figure: kpi }) : t("{place}: changed", { place }));
  };

  // "moved": other facts of an alert everybody knows; nothing a wall has to say.
  const latest = () => lk.rows(lk.parts.alerts?.log).filter((row) => row.event !== "moved").sort((a, b) => b.at - a.at);
  const levelOf = (row) => (row.event === "cleared" ? null : row.level);

  const nameOf = (row) => lk.name(row.county) ?? (row.category === "watch" ? t("The watch itself") : row.order_no ?? row.subject);
  const placesOf = (row) => (OF_SOURCE.includes(row.rule) ? [lk.sourceWord(row.subject.split(":")[0])] : [lk.name(row.feeder), lk.name(row.station), nameOf(row)]);

  const BEFORE = 2; // ems of a line that its mark and the gaps take

  /** A line of the log in `room` rem: when, the level's mark, what. */
  const logNode = (row, now, room) => {
    const when = lk.when(row.at, now);
    const rest = room - lk.textWidth(when, lk.smallest) - BEFORE * lk.smallest;
    return [h("span", { class: "qq" }, when), lk.mark(levelOf(row)), lk.fittingSentence("what", (place) => sentence(row, place), placesOf(row), rest)];
  };

  const trouble = (now) => lk.sourceWords(now).filter((s) => s.state !== "ok");

  const troubleNode = (source, now) => {
    const since = source.state === "error" ? t("cannot be read") : source.asOf === null ? t("nothing read yet") : t("stopped {time}", { time: lk.when(source.asOf, now) });
    return h("span", { class: "flag inverse" }, `${source.word} ${since}`);
  };

  const satisfaction = (now) => {
    const kpi = lk.kpi("satisfaction_rate");
    const watch = lk.watchOf(["surveys"], now);
    if (!kpi || watch.state !== "ok") return null;
    const figure = kpi.value === null ? "—" : kpi.n < 30 ? `${kpi.successes}/${kpi.n}` : `${lk.rate(kpi.value)}%`;
    return h("span", null, h("span", { class: "q" }, lk.kpiLabel("satisfaction_rate")), " ", h("b", null, figure));
  };

  const HEAD_REM = { "3m": 2.6, "6m": 4.4, "10m": 7.3 }[distance]; // --t-head
  const FOOT_GAP = 5.2; // rem between the parts of the foot at 6 m, as in wall.css
  const FLAG = 1; // em of a flag beside its words: its padding and the gap to the next

  const widthOf = (nodes) => nodes.filter(Boolean).reduce((sum, node) => sum + lk.textWidth(wordsOf(node), lk.smallest) * 1.06 + FLAG * lk.smallest, 0);
  const wordsOf = (node) => (typeof node === "object" ? node.children.map(wordsOf).join("") : String(node));

  /** What is wrong with the sources, each by itself where `room` rem are enough. */
  const sourcesNode = (now, room) => {
    const wrong = trouble(now);
    const flags = wrong.map((s) => troubleNode(s, now));
    if (flags.length > 1 && widthOf(flags) > room) return [h("span", { class: "flag inverse" }, t("{n} sources late or unreadable", { n: flags.length }))];
    if (flags.length) return flags;
    if (!lk.parts.sources) return [h("span", { class: "qq" }, t("nothing read yet"))];
    return [satisfaction(now), h("span", { class: "qq" }, t("all sources current"))];
  };

  const agesNode = (now) => [
    h("span", { class: "qq" }, t("Sources")),
    ...lk.sourceWords(now).map((s) => (s.state === "ok" ? h("span", null, `${s.word} `, lk.lost ? lk.when(s.asOf, now) : lk.age(s.asOf, now)) : troubleNode(s, now))),
  ];

  /** The foot: the last transition and the sources; at 3 m, where the log has a panel, the ages of all. */
  lk.drawFoot = (place, now) => {
    if (full) return lk.patch(place, agesNode(now));
    const row = latest()[0];
    const wide = lk.widthOf(place);
    const calm = trouble(now).length ? null : satisfaction(now); // a hotspot says more than that all sources are well
    const all = sourcesNode(now, wide * 0.55); // the rest for what happened last
    const hot = lk.hotspotLine(wide - FOOT_GAP - widthOf(trouble(now).length ? all : [calm]), now);
    const sources = hot && !trouble(now).length ? [calm] : all;
    const room = wide - widthOf(sources) - FOOT_GAP;
    const rest = hot ? room - widthOf(hot) - FOOT_GAP : room;
    const last = row ? logNode(row, now, rest) : [h("span", { class: "qq" }, t("no change today"))];
    const isCut = last.at(-1).attrs["data-may-cut"] !== undefined;
    const said = hot && (!row || isCut) ? [hot] : [hot, last]; // the log has a screen of its own
    const nodes = said.filter(Boolean).map((one) => h("div", { class: "said" }, one));
    return lk.patch(place, [...nodes, sources.some(Boolean) ? h("div", { class: "sources" }, sources) : null].filter(Boolean));
  };

  const estimateNode = (o, now, room) =>
    h(
      "div",
      { class: "estimate", key: o.outage_no },
      lk.fitting("what", [lk.name(o.feeder), lk.name(o.station) ?? lk.name(o.county) ?? o.outage_no].filter(Boolean), room),
      h("span", { class: "q r" }, t("{n} cust.", { n: lk.count(o.customers_out) })),
      h("span", { class: "r" }, lk.estimateNode(o, now, ESTIMATE_REM)),
    );

  lk.panel("estimates", (place, now) => {
    // Without work orders the list of the first screen has the estimates already.
    if (lk.watchOf(["work_orders"], now).state === "unfed") return lk.patch(place, []);
    const { from, to, places } = lk.span(place);
    const rows = lk.runningOutages().slice(from, to);
    const watch = lk.watchOf(["outages"], now);
    const words = t("Estimated restoration");
    const room = lk.widthOf(place) - lk.textWidth(words, HEAD_REM, true) - BEFORE * lk.smallest;
    const age = rows.length || watch.asOf !== null ? lk.ageNode(watch, now, "age", room) : null; // else the words below say why
    const title = h("div", { class: "head" }, h("b", null, words), age);
    const body = rows.length
      ? h("div", { class: "lines", style: `--places:${places}` }, rows.map((o) => estimateNode(o, now, lk.widthOf(place) - BESIDE_REM)))
      : h("div", { class: "empty q" }, lk.noOutageWords(now));
    lk.patch(place, [title, body]);
  });

  lk.panel("log", (place, now) => {
    const { from, to, places } = lk.span(place);
    const rows = latest().slice(from, to);
    const body = rows.length
      ? h("div", { class: "log", style: `--places:${places}` }, rows.map((row) => h("div", { key: row.id }, logNode(row, now, lk.widthOf(place)))))
      : h("div", { class: "empty q" }, t("no change today"));
    lk.patch(place, [h("div", { class: "head" }, h("b", null, t("Latest changes"))), body]);
  });
})();
