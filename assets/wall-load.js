/* Reports accepted in each hour of today, against a usual day: bars from zero, the hour that runs hollow, the usual mean
   dashed in its 95 % range. Plain SVG in units of a tenth of a rem, so that its text has the size of the preset. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const distance = lk.page.distance;
  // Tenths of a rem: the picture as its panel has room for it, the text, the lines.
  const SIZE = {
    "3m": { room: 58.4, width: 584, height: 238, text: 22, line: 2 },
    "6m": { room: 94, width: 940, height: 530, text: 44, line: 4 },
    "10m": { room: 180.8, width: 1808, height: 780, text: 73, line: 6 },
  }[distance];
  const { width, text, line } = SIZE;
  const STRIPS = distance === "3m" ? 64 : 16; // tenths of a rem for the strips over old data, in this panel and below it
  const TOP = text * 1.35; // for the value of the highest bar
  const STEP = width / 24;
  const LABELLED = [0, 6, 12, 18];
  const WITHIN = [19, 20, 18, 3, 2, 4, 21, 11]; // hours over which the name of the range may stand, best first

  const middle = (hour) => STEP * (hour + 0.5);
  const n1 = (v) => v.toFixed(1);

  /** The name of the range, or why there is none: over it and over the bars there, beside the value of the highest bar. */
  const nameNode = (hours, y, peak) => {
    const has = hours.usual[0] !== null;
    const name = has ? t("usual 95 % range") : t("too little history to compare");
    const half = (lk.wide(name, text / 10) * 10) / 2;
    const spot = WITHIN.map((hour) => {
      const x = Math.min(width - half, Math.max(half, middle(hour)));
      const [from, to] = [Math.floor((x - half) / STEP), Math.min(23, Math.floor((x + half) / STEP))];
      const tops = hours.today.slice(from, to + 1).map((n, i) => y(Math.max(n ?? 0, hours.high[from + i] ?? 0)));
      const clash = peak !== null && Math.abs(middle(peak) - x) < half + text * 1.4;
      return { x, y: Math.min(...tops) - text * 0.4, clash };
    }).find((s) => !s.clash && s.y > text);
    return spot ? h("svg:text", { x: n1(spot.x), y: n1(spot.y), "font-size": text, "text-anchor": "middle", class: "qq" }, name) : null;
  };

  const bandNodes = (hours, y) => {
    if (hours.usual[0] === null) return [];
    const at = (v, i) => `${n1(middle(i))} ${n1(y(v))}`;
    const range = [...hours.high.map(at), ...hours.low.map(at).reverse()].join(" ");
    return [
      h("svg:path", { class: "band", d: `M${range}Z` }),
      h("svg:path", { class: "usual", d: `M${hours.usual.map(at).join(" ")}`, "stroke-width": line * 1.2, "stroke-dasharray": `${line * 3.5} ${line * 2.5}` }),
    ];
  };

  const barNode = (n, hour, running, y, base) => {
    const place = { x: n1(STEP * hour + STEP * 0.14 + (running ? line / 2 : 0)), width: n1(STEP * 0.72 - (running ? line : 0)), y: n1(y(n)), height: n1(base - y(n)) };
    return h("svg:rect", { ...place, class: running ? "running" : "bar-of-hour", "stroke-width": running ? line : null, "data-hour": hour });
  };

  const drawn = (hours, height, finding) => {
    const bottom = height - text * 1.35; // below it stand the hours
    const known = (values) => values.filter((v) => v !== null);
    const most = Math.max(5, ...known(hours.today), ...known(hours.high)); // at night two reports are no tower
    const y = (v) => bottom - ((bottom - TOP) * v) / most;
    const highest = Math.max(...known(hours.today), 0);
    const peak = highest > 0 ? hours.today.indexOf(highest) : null;
    const [band, usual] = bandNodes(hours, y);
    const bars = hours.today.flatMap((n, hour) => (n ? [barNode(n, hour, hour === hours.hour, y, bottom)] : []));
    const value = peak === null ? null : h("svg:text", { x: n1(Math.max(text, middle(peak))), y: n1(y(highest) - text * 0.3), "font-size": text, "text-anchor": "middle", class: "peak" }, lk.count(highest));
    const hourNames = LABELLED.map((hour) => h("svg:text", { x: n1(STEP * hour), y: height - text * 0.25, "font-size": text, class: "qq" }, t("{n}:00##hour", { n: hour })));
    const base = h("svg:path", { d: `M0 ${n1(bottom)}H${width}`, class: "base", "stroke-width": line });
    const style = `width:${width / 10}rem;height:${height / 10}rem`;
    return h("svg:svg", { class: "hours", viewBox: `0 0 ${width} ${height}`, style, role: "img", "aria-label": finding }, band, bars, usual, base, hourNames, nameNode(hours, y, peak), value);
  };

  const sentences = (work) => {
    const [today, usual] = [lk.count(work.so_far), work.usual_so_far === null ? null : lk.count(Math.round(work.usual_so_far))];
    if (usual === null) return [t("{n} today", { n: today })];
    return [t("{n} today, usually {usual} by now", { n: today, usual }), t("{n} today, usually {usual}", { n: today, usual }), t("{n} today", { n: today })];
  };

  lk.panel("load", (place, now) => {
    const work = lk.parts.work;
    const watch = lk.watchOf(["work_orders"], now);
    const blind = lk.blindNode("work_orders", work, watch);
    const said = blind ? [] : sentences(work);
    const old = watch.state !== "ok";
    const picture = () => h("div", { class: old ? "load old" : "load" }, lk.staleStrip(watch), drawn(work.hours, SIZE.height - (old ? STRIPS : 0), said[0]));
    lk.patch(place, [lk.headNode(t("New by hour"), said, blind ? null : watch, now, SIZE.room), blind ?? picture()]);
  });
})();
