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
  const NONE_YET = {
    arrival_on_time_rate: () => t("no arrival due yet today"),
    restoration_on_time_rate: () => t("no restoration due yet today"),
    complaint_repeat_rate: () => t("no complaint in 30 days"),
    satisfaction_rate: () => t("no answer in 30 days"),
  };
  // Sparklines of rates keep their range, so that a tick does not rescale them.
  const RANGE = { arrival_on_time_rate: [90, 100], restoration_on_time_rate: [90, 100], satisfaction_rate: [90, 100] };
  const SHOWN = {
    "3m": ["arrival_on_time_rate", "restoration_on_time_rate", "complaint_repeat_rate", "satisfaction_rate", "out", "levels"],
    "6m": ["arrival_on_time_rate", "restoration_on_time_rate", "complaint_repeat_rate", "out"],
    "10m": ["arrival_on_time_rate", "out"],
  };
  const SPARK = {
    "3m": { width: 86, height: 48, line: 2.4, dot: 5 },
    "6m": { width: 104, height: 84, line: 4, dot: 8 },
    "10m": null,
  };
  const distance = lk.page.distance;
  const full = distance === "3m";
  const WIDTH = { "3m": 28.5, "6m": 42.3, "10m": 87.4 }[distance]; // rem of a tile, as in wall.css
  const GAP = lk.zh ? 3 : 1; // rem between the two ends of a line; with what the browser puts between Chinese and digits
  const SIGN = 1.02; // em of the outage sign
  const LONGEST = 5; // characters of a value beside which the line still fits

  lk.kpi = (key) => lk.rows(lk.parts.kpis).find((k) => k.key === key);
  lk.kpiLabel = (key) => LABEL[key]();
  lk.kpiWindow = (key) => (lk.parts.kpis?.window?.[key] === "30d" ? t("30 days") : t("today"));

  const signed = (points) => `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)}`;
  const line = (left, right, className) => h("div", { class: "line base" }, h("span", { class: className ?? "qq" }, left), right);
  const top = (label, right) => line(label, right ? h("span", { class: "qq" }, right) : null, "q");

  /** The last line of a tile: of `texts`, longest first, the first that leaves room for the age and a `sign` before it. */
  const foot = (texts, age, sign = null) => {
    const room = WIDTH - GAP - lk.textWidth(age.children.join(""), lk.smallest) - (sign ? lk.smallest * SIGN : 0);
    const text = texts.find((said) => lk.textWidth(said, lk.smallest) <= room);
    return line(text === undefined ? "" : [sign, text], age);
  };

  const tile = (key, ...children) => h("section", { class: "tile", "data-key": key }, children);

  const failed = (key, label, what) =>
    tile(key, top(label), h("div", { class: "void" }, h("div", null, h("b", null, t("cannot be read"))), h("div", { class: "q" }, what)));

  const missing = (key, label, why) =>
    tile(key, top(label), h("div", { class: "line" }, h("div", { class: "value stale" }, "—")), h("div", { class: "why q" }, why));

  const late = (key, label, value, unit, watch, now) =>
    tile(
      key,
      top(label),
      h("div", { class: "line" }, h("div", { class: "value stale" }, value, h("small", null, unit))),
      h("div", { class: "hatch" }),
      h("div", null, lk.ageNode(watch, now, "age", WIDTH - lk.smallest)),
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
    return tile("levels", top(t("Repairs by level")), body, line(alerts, null));
  };

  /** Fills the row of figures. */
  lk.drawTiles = (place, now) =>
    lk.patch(
      place,
      SHOWN[distance].map((key) => (key === "out" ? outTile(now) : key === "levels" ? levelsTile(now) : rateTile(key, now))),
    );
})();
