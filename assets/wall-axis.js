/* The time axis of the countdown list: thin line the time used, thick bar what is left or over, tick the deadline, one
   now-line through all rows, labelled with the time. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const MIN = 60000;
  const HOUR = 60 * MIN;
  const STEPS = [60, 90, 120, 150, 180, 210, 240, 300, 360, 480, 720]; // minutes: the axis stands still while times move
  const APART = 0.25; // em between two labels
  const BEFORE = { "3m": 240, "6m": 180, "10m": 120 }[lk.page.distance]; // minutes before now at most: what is past matters less
  const dayStart = new Intl.DateTimeFormat("en-GB", { timeZone: lk.page.zone, minute: "2-digit" });

  const step = (needed) => STEPS.find((s) => s >= needed) ?? STEPS.at(-1);

  /** Minutes shown before and after now, for rows with start_at and due_at. */
  lk.axisOf = (rows, now) => {
    const before = Math.max(0, ...rows.map((r) => (now - Math.min(r.start_at, r.due_at)) / MIN));
    const after = Math.max(0, ...rows.map((r) => (r.due_at - now) / MIN));
    const axis = { now, before: Math.min(step(before), BEFORE), after: step(after) };
    axis.at = (ms) => (100 * ((ms - now) / MIN + axis.before)) / (axis.before + axis.after);
    axis.inside = (ms) => Math.max(0, Math.min(100, axis.at(ms)));
    return axis;
  };

  const percent = (v) => `${v.toFixed(2)}%`;

  /** The full hours of the site's clock within the axis, every `every`-th. */
  const hoursOf = ({ now, before, after }, every) => {
    const shift = Number(dayStart.format(0)) * MIN; // zones that are not whole hours from UTC
    const hourOf = (ms) => Number(lk.clock(ms).slice(0, 2));
    const first = Math.ceil((now - before * MIN + shift) / HOUR) * HOUR - shift;
    const all = Array.from({ length: Math.ceil((before + after) / 60) + 1 }, (_, i) => first + i * HOUR);
    return all.filter((ms) => ms <= now + after * MIN && hourOf(ms) % every === 0);
  };

  /** The grid behind the rows. */
  lk.axisGrid = (axis) => hoursOf(axis, 1).map((ms) => h("em", { style: `left:${percent(axis.at(ms))}` }));

  lk.axisNow = (axis) => h("u", { style: `left:${percent(axis.at(axis.now))}` });

  /** Labels of hours that touch neither each other nor that of now. `width`: rem of the axis, `pad` those beside it. */
  lk.axisLabels = (axis, width, pad) => {
    const size = lk.smallest;
    const rem = (ms) => (axis.at(ms) / 100) * width;
    const long = t("now {time}", { time: lk.clock(axis.now) });
    const said = lk.wide(long, size, true) < width / 2 ? long : lk.clock(axis.now);
    const half = lk.wide(said, size, true) / 2;
    const at = Math.max(half, Math.min(width - half, rem(axis.now)));
    const own = lk.textWidth("00:00", size);
    const room = own + APART * size;
    const every = [1, 2, 3, 4, 6].find((n) => (width * 60 * n) / (axis.before + axis.after) >= room) ?? 6;
    const free = (ms) => Math.abs(rem(ms) - at) >= half + own / 2 + APART * size && rem(ms) >= own / 2 - pad.left / 2 && rem(ms) <= width - own / 2 + pad.right;
    const hours = hoursOf(axis, every).filter(free);
    return [
      ...hours.map((ms) => h("span", { style: `left:${percent(axis.at(ms))}` }, lk.clock(ms))),
      h("span", { class: "now", style: `left:${percent((100 * at) / width)}` }, said),
    ];
  };

  const part = (tag, attrs, from, to) => (to > from ? h(tag, { ...attrs, style: `left:${percent(from)};width:${percent(to - from)}` }) : null);

  /** One row's course. What lies outside the axis is cut at its edge, and its deadline has no tick. */
  lk.axisBar = (row, axis) => {
    const [start, due, now] = [row.start_at, row.due_at, axis.now].map(axis.inside);
    const seen = axis.at(row.due_at) >= 0 && axis.at(row.due_at) <= 100;
    return h(
      "div",
      { class: "bar", "aria-hidden": "true" },
      part("s", {}, start, Math.min(due, now)),
      h("i", { class: row.level ?? "none", style: `left:${percent(Math.min(due, now))};width:${percent(Math.abs(due - now))}` }),
      seen ? h("s", { class: due < now ? "end past" : "end", style: `left:${percent(due)}` }) : null,
    );
  };
})();
