/* The wall's figures: value, target, line of 24 hours, age. Four looks that are not normal: stale, zero, no data, error. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const FEWEST = 30; // cases below which the figure is the count, not a rate

  const LABEL = {
    arrival_on_time_rate: () => t("Arrived on time"),
    restoration_on_time_rate: () => t("Restored on time"),
    complaint_repeat_rate: () => t("Repeat complaints"),
    satisfaction_rate: () => t("Satisfied"),
  };
  const SHORT = {
    arrival_on_time_rate: () => t("Arrived"),
    restoration_on_time_rate: () => t("Restored"),
    complaint_repeat_rate: () => t("Repeats"),
    satisfaction_rate: () => t("Satisfied##short"),
    out: () => t("Out"),
  };
  const NONE_YET = {
    arrival_on_time_rate: () => t("none due yet today##arrival"),
    restoration_on_time_rate: () => t("none due yet today##restoration"),
    complaint_repeat_rate: () => t("no complaint in 30 days"),
    satisfaction_rate: () => t("no answer in 30 days"),
  };
  // Sparklines of rates keep their range, so that a tick does not rescale them.
  const RANGE = { arrival_on_time_rate: [90, 100], restoration_on_time_rate: [90, 100], satisfaction_rate: [90, 100] };
  const SPARK = {
    "3m": { width: 86, height: 48, line: 2.4, dot: 5 },
    "6m": { width: 104, height: 84, line: 4, dot: 8 },
    "10m": null,
  };
  const distance = lk.page.distance;
  const BETWEEN = { "3m": 2.8, "6m": 4.4, "10m": 6 }[distance]; // rem between two tiles, as in wall-situation.css
  const GAP = lk.zh ? 3 : 1; // rem between the two ends of a line; with what the browser puts between Chinese and digits
  const SIGN = 1.02; // em of the outage sign
  const LONGEST = 5; // characters of a value beside which the line still fits
  const COMPACT = { "3m": 3.4, "6m": 5.6, "10m": 9.6 }[distance]; // rem of a value in one line with its name

  let width = 0; // rem of the tiles that are being drawn
  let full = false; // whether they have room for count, interval and change

  lk.kpi = (key) => lk.rows(lk.parts.kpis).find((k) => k.key === key);
  lk.kpiLabel = (key) => LABEL[key]();
  lk.kpiWindow = (key) => (lk.parts.kpis?.window?.[key] === "30d" ? t("30 days") : t("today"));

  const signed = (points) => `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)}`;
  const line = (left, right, className) => h("div", { class: "line base" }, h("span", { class: className ?? "qq" }, left), right);
  const top = (label, right) => line(label, right ? h("span", { class: "qq" }, right) : null, "q");

  /** The last line of a tile: of `texts`, longest first, the first that leaves room for the age and a `sign` before it. */
  const foot = (texts, age, sign = null) => {
    const room = width - GAP - lk.textWidth(age.children.join(""), lk.smallest) - (sign ? lk.smallest * SIGN : 0);
    const text = texts.find((said) => lk.textWidth(said, lk.smallest) <= room);
    return line(text === undefined ? "" : [sign, text], age);
  };

  const tile = (key, ...children) => h("section", { class: "tile", "data-key": key }, children);

  const failed = (key, label, what) =>
    tile(key, top(label), h("div", { class: "void" }, h("div", null, h("b", null, t("cannot be read"))), h("div", { class: "q" }, what)));

  const missing = (key, label, why) =>
    tile(key, top(label), h("div", { class: "line" }, h("div", { class: "value stale none" }, "—")), h("div", { class: "why q" }, why));

  const late = (key, label, value, unit, watch, now) =>
    tile(
      key,
      top(label),
      h("div", { class: "line" }, h("div", { class: "value stale" }, value, h("small", null, unit))),
      h("div", { class: "hatch" }),
      h("div", null, lk.ageNode(watch, now, "age", width - lk.smallest)),
    );

  const value = (text, unit, level, spark) =>
    h("div", { class: "line" }, h("div", { class: "value" }, level ? [lk.mark(level), " "] : null, text, h("small", null, unit)), spark);

  const rateTile = (key, now) => {
    const label = LABEL[key]();
    const kpi = lk.kpi(key);
    const watch = lk.watchOf([kpi?.table ?? "work_orders"], now);
    if (watch.state === "error") return failed(key, label, t("its source refuses"));
    if (watch.state === "unfed") return missing(key, label, t("not connected"));
    if (!kpi || watch.state === "never") return missing(key, label, t("nothing read yet"));
    const few = kpi.n < FEWEST;
    const none = kpi.state !== "ok" || kpi.value === null;
    const text = none ? "—" : few ? `${kpi.successes}/${kpi.n}` : lk.rate(kpi.value);
    const unit = none || few ? "" : "%";
    if (watch.state === "stale") return late(key, label, text, unit, watch, now);
    if (none) return missing(key, label, NONE_YET[key]());
    const fits = text.length <= LONGEST && SPARK[distance] && !few && kpi.trend;
    const spark = fits ? lk.spark(kpi.trend, { ...SPARK[distance], fixed: RANGE[key], target: kpi.target ?? undefined }) : null;
    const aim = kpi.target === null ? lk.kpiWindow(key) : t("Target {n}%", { n: lk.target(kpi.target) });
    const short = kpi.target === null ? [] : [`${kpi.better === "lower" ? "≤" : "≥"}${lk.target(kpi.target)}%`];
    const interval = few ? t("too few for a rate") : `${kpi.low.toFixed(1)}–${kpi.high.toFixed(1)}`;
    const change = few || kpi.previous === null ? "" : t("{points} in 24 h", { points: signed(kpi.value - kpi.previous) });
    const n = lk.count(kpi.n);
    const count = kpi.table === "surveys" ? t("of {n}##surveys", { n }) : t("of {n}##orders", { n });
    return tile(
      key,
      top(label, full ? count : null),
      value(text, unit, kpi.level, spark),
      full ? line(aim, h("span", { class: "qq" }, change)) : null,
      foot(full ? [interval] : few ? [lk.kpiWindow(key)] : [aim, ...short], lk.ageNode(watch, now, "qq")),
    );
  };

  const outTile = (now) => {
    const label = t("Customers out");
    const part = lk.parts.outages;
    const watch = lk.watchOf(["outages"], now);
    if (watch.state === "error") return failed("out", label, t("its source refuses"));
    if (watch.state === "unfed") return missing("out", label, t("not connected"));
    if (!part || watch.state === "never" || part.count === null) return missing("out", label, t("nothing read yet"));
    const text = lk.count(part.customers_out);
    if (watch.state === "stale") return late("out", label, text, "", watch, now);
    const age = lk.ageNode(watch, now, "qq");
    const outages = part.count === 1 ? t("{n} outage", { n: 1 }) : t("{n} outages", { n: lk.count(part.count) });
    const sign = part.count ? lk.outageSign() : null;
    const running = part.count ? [outages, lk.count(part.count)] : [t("no outage")];
    const size = SPARK[distance];
    const spark = size && part.trend && text.length <= LONGEST ? lk.spark(part.trend, { ...size, fixed: [0, 0] }) : null;
    return tile("out", top(label), value(text, "", null, spark), full ? line([sign, running[0]], null) : null, full ? foot([], age) : foot(running, age, sign));
  };

  const levelsTile = (now) => {
    const watch = lk.watchOf(["work_orders"], now);
    const known = watch.state === "ok" || watch.state === "stale";
    const body = known ? h("div", { class: "levels counts" }, lk.countNodes(lk.levelCounts(now))) : h("div", { class: "q" }, watch.state === "unfed" ? t("not connected") : t("unknown"));
    const open = lk.parts.alerts?.unacknowledged;
    const alerts = open ? t("{n} alerts not acknowledged", { n: open.orange + open.red }) : "";
    const last = watch.state === "unfed" ? line(alerts, null) : foot(alerts ? [alerts] : [], lk.ageNode(watch, now, "qq"));
    return tile("levels", top(t("Repairs by level")), body, last);
  };

  /** Alerts nobody has acknowledged, of all that are open. They are the node's own: no source makes them older. */
  const alertsTile = () => {
    const alerts = lk.parts.alerts;
    const label = t("Alerts not acknowledged");
    if (!alerts) return missing("alerts", label, t("nothing read yet"));
    const sum = ({ orange, red }) => orange + red;
    const open = sum(alerts.open) ? t("of {n} open##alerts", { n: lk.count(sum(alerts.open)) }) : t("no open alert");
    const { orange, red } = alerts.unacknowledged;
    const counts = full && orange + red ? h("div", { class: "counts line" }, lk.countNodes({ blue: 0, yellow: 0, orange, red })) : null;
    return tile("alerts", top(label), value(lk.count(orange + red), "", null, null), line(open, null), counts);
  };

  /** What stands for a figure in one line: its text, or the flag that says why there is none. */
  const brief = (key, now) => {
    const out = key === "out";
    const kpi = out ? null : lk.kpi(key);
    const watch = lk.watchOf([out ? "outages" : (kpi?.table ?? "work_orders")], now);
    if (["error", "never", "stale"].includes(watch.state)) return [lk.ageNode(watch, now, "age", width * 0.55), null];
    if (watch.state === "unfed") return [h("span", { class: "qq" }, "—"), null];
    if (out) return [h("b", { class: "value" }, lk.count(lk.parts.outages?.customers_out)), null];
    if (!kpi || kpi.state !== "ok" || kpi.value === null) return [h("b", { class: "value stale" }, "—"), null];
    const few = kpi.n < FEWEST;
    const text = few ? `${kpi.successes}/${kpi.n}` : lk.rate(kpi.value);
    return [h("b", { class: "value" }, text, few ? null : h("small", null, "%")), few ? null : kpi.level];
  };

  const text = (node) => (typeof node === "object" ? node.children.map(text).join("") : String(node));

  /** A figure in one line, as a take-over leaves it. */
  const compactTile = (key, now) => {
    const [node, level] = brief(key, now);
    const size = node.tag === "b" ? COMPACT : lk.smallest;
    const room = width - 1 - lk.textWidth(text(node), size, true) - (level ? COMPACT * 1.1 : 0);
    const long = key === "out" ? t("Customers out") : LABEL[key]();
    const label = lk.textWidth(long, lk.smallest) <= room ? long : SHORT[key]();
    return tile(key, h("span", { class: "q" }, label), h("span", { class: "brief" }, level ? lk.mark(level) : null, node));
  };

  const OTHER = { out: outTile, levels: levelsTile, alerts: alertsTile };
  const tileOf = (key, now) => (OTHER[key] ? OTHER[key](now) : rateTile(key, now));

  /** Fills a row of figures. */
  lk.panel("tiles", (place, now) => {
    const keys = place.dataset.figures.split(" ");
    const across = Number(place.dataset.across);
    width = place.clientWidth / parseFloat(getComputedStyle(document.documentElement).fontSize) / across - (BETWEEN * (across - 1)) / across;
    full = distance === "3m" || (distance === "6m" && across === 1);
    const taken = lk.isTaken(place);
    const shown = taken ? keys.filter((key) => key !== "levels") : keys; // the header counts the levels, at 3 m the list
    place.style.setProperty("--across", taken ? Math.min(across, shown.length) : across);
    lk.patch(place, shown.map((key) => (taken ? compactTile(key, now) : tileOf(key, now))));
  });
})();
