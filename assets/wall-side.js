/* The lines round the picture: transitions, estimates of restoration, satisfaction, what is wrong with the sources. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const distance = lk.page.distance;
  const full = distance === "3m";
  const LOG_ROWS = 11;
  const ESTIMATES = 4;

  const WHAT = {
    "arrival orange": (place) => t("{place}: arrive nearly due", { place }),
    "arrival red": (place) => t("{place}: arrive overdue", { place }),
    "restoration orange": (place) => t("{place}: restore nearly due", { place }),
    "restoration red": (place) => t("{place}: restore overdue", { place }),
  };

  /** One transition as a sentence without a person in it. */
  const sentence = (row) => {
    const isSource = row.rule === "source_stale";
    const place = isSource ? lk.sourceWord(row.subject) : (lk.name(row.feeder) ?? lk.name(row.station) ?? lk.name(row.county) ?? row.subject);
    if (row.event === "acknowledged") return t("{place}: acknowledged", { place });
    if (row.event === "cleared") return isSource ? t("{place}: data current again", { place }) : t("{place}: settled", { place });
    if (isSource) return t("{place}: data late", { place });
    return WHAT[`${row.clock} ${row.level}`]?.(place) ?? t("{place}: changed", { place });
  };

  // "moved": other facts of an alert everybody knows; nothing a wall has to say.
  const latest = () => lk.rows(lk.parts.alerts?.log).filter((row) => row.event !== "moved").sort((a, b) => b.at - a.at);
  const levelOf = (row) => (row.event === "cleared" ? null : row.level);

  const logNode = (row, now) => [h("span", { class: "qq" }, lk.when(row.at, now)), lk.mark(levelOf(row)), h("span", { class: "what" }, sentence(row))];

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

  const sourcesNode = (now) => {
    const wrong = trouble(now);
    if (wrong.length) return wrong.map((s) => troubleNode(s, now));
    if (!lk.parts.sources) return [h("span", { class: "qq" }, t("nothing read yet"))];
    return [satisfaction(now), h("span", { class: "qq" }, t("all sources current"))];
  };

  const agesNode = (now) => [
    h("span", { class: "qq" }, t("Sources")),
    ...lk.sourceWords(now).map((s) => (s.state === "ok" ? h("span", null, `${s.word} `, lk.lost ? lk.when(s.asOf, now) : lk.age(s.asOf, now)) : troubleNode(s, now))),
  ];

  /** The foot: the last transition and the sources; on the 3 m page, where the log has a panel, the ages of all. */
  lk.drawFoot = (place, now) => {
    if (full) return lk.patch(place, agesNode(now));
    const row = latest()[0];
    const said = row ? logNode(row, now) : [h("span", { class: "qq" }, t("no change today"))];
    return lk.patch(place, [h("div", { class: "said" }, said), h("div", { class: "sources" }, sourcesNode(now))]);
  };

  const estimates = (now) => {
    const rows = lk.runningOutages();
    if (!rows.length) return [h("div", { class: "empty q" }, lk.noOutageWords(now))];
    return rows.slice(0, ESTIMATES).map((o) =>
      h("div", { class: "estimate" }, h("span", null, lk.name(o.feeder) ?? lk.name(o.station) ?? o.outage_no), h("span", { class: "q" }, t("{n} cust.", { n: lk.count(o.customers_out) })), h("span", { class: "r" }, lk.estimateNode(o, now))),
    );
  };

  /** The third column of the 3 m page. */
  lk.drawSide = (place, now) => {
    if (!full) return;
    const rows = latest().slice(0, LOG_ROWS);
    const log = rows.length ? rows.map((row) => h("div", null, logNode(row, now))) : [h("div", { class: "empty q" }, t("no change today"))];
    const watch = lk.watchOf(["outages"], now);
    const title = h("div", { class: "head" }, h("b", null, t("Estimated restoration")), lk.ageNode(watch, now, "age"));
    const listed = lk.watchOf(["work_orders"], now).state === "unfed"; // then the list has the estimates already
    const panel = listed ? [] : [h("section", { class: "panel" }, title, h("div", { class: "crews" }, estimates(now)))];
    lk.patch(place, [
      ...panel,
      h("section", { class: "panel" }, h("div", { class: "head" }, h("b", null, t("Latest changes"))), h("div", { class: "log", style: `--places:${LOG_ROWS}` }, log)),
    ]);
  };
})();
