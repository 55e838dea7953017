/* The map: districts tinted by the worst open clock in them, a shape and a number where something is near its limit,
   running outages. One graph; its figure is plain data made of the parts and the colours of the theme. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const { h, t } = lk;
  const GRAPH = "wall-map";
  const distance = lk.page.distance;
  const TEXT_REM = { "3m": 2.4, "6m": 4.4, "10m": 7.3 }[distance];
  const MOST_NAMES = 12; // areas beyond which only those with something are named
  const MOST_OUTAGES = 300;
  const CROWD = 40; // outages beyond which their signs are smaller
  const HEAD = 1.3; // ems of the head that lies over the map of 6 m
  const OPEN = "rgba(0,0,0,0)";
  const map = lk.page.map;

  const CLEAR = { paper_bgcolor: OPEN, plot_bgcolor: OPEN, margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false };
  const NO_AXES = { xaxis: { visible: false }, yaxis: { visible: false } };

  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  const pointOf = (unit) => (unit?.lon != null ? [unit.lon, unit.lat] : null);

  /** Running outages that have a place, largest last so that they lie on top. */
  const outagePlaces = () =>
    lk
      .runningOutages()
      .map((o) => ({ ...o, at: pointOf(o) ?? pointOf(lk.unit(o.feeder) ?? lk.unit(o.station)) }))
      .filter((o) => o.at)
      .slice(0, MOST_OUTAGES)
      .reverse();

  /** Each area with what is open in it: {code, at, count, worst, drawn}. */
  const areas = () => {
    const rows = new Map(lk.rows(lk.parts.counties).map((r) => [r.code, r]));
    const codes = Object.keys(map.places).filter((code) => !lk.page.area || rows.has(code));
    const others = [...rows.keys()].filter((code) => !map.places[code]);
    return [...codes, ...others].flatMap((code) => {
      const [row, at] = [rows.get(code), map.places[code] ?? pointOf(lk.unit(code))];
      const worst = row ? [...lk.levels].reverse().find((level) => row[level]) : undefined;
      return at ? [{ code, at, worst, count: worst ? row[worst] : 0, drawn: code in map.places }] : [];
    });
  };

  const points = (marks, scale, extra) => ({
    type: "scattergeo",
    lon: marks.map((m) => scale.back([m.x, m.y])[0]),
    lat: marks.map((m) => scale.back([m.x, m.y])[1]),
    hoverinfo: "skip",
    ...extra,
  });

  const texts = (marks, scale, size, ink, bold) =>
    points(marks, scale, {
      mode: "text",
      text: marks.map((m) => (bold ? `<b>${m.text}</b>` : m.text)),
      textfont: { size, color: colour(ink), family: getComputedStyle(root).fontFamily },
    });

  const SYMBOL = { blue: "diamond-open", yellow: "triangle-up", orange: "square", red: "octagon" };
  const INK = { blue: 0.56, yellow: 0.72, orange: 0.66, red: 0.86 };

  const levelMarks = (marks, scale, size, level) => {
    const mine = marks.filter((m) => m.level === level);
    const edge = level === "red" ? { color: "#ffffff", width: size * 0.06 } : { color: colour("mark-edge") === "transparent" ? OPEN : colour("mark-edge"), width: 1 };
    const open = level === "blue" ? { color: colour("blue"), width: size * 0.13 } : edge;
    return points(mine, scale, {
      mode: level === "red" ? "markers+text" : "markers",
      text: mine.map(() => "<b>!</b>"),
      textfont: { size: size * 0.66, color: "#ffffff", family: "sans-serif" },
      marker: { symbol: SYMBOL[level], size: size * INK[level], color: colour(level), line: open, opacity: 1 },
    });
  };

  const overlaps = (a, b) => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;

  /** Name, shape and number of one area round (0, 0): beside each other, or in two lines where names are long. */
  const block = (area, size) => {
    const text = lk.name(area.code);
    const number = area.count > 1 ? String(area.count) : "";
    const nameWide = lk.textWidth(text, size, Boolean(area.worst));
    const numberWide = number ? lk.textWidth(number, size, true) + size * 0.2 : 0;
    const markWide = area.worst ? size * 0.9 + numberWide : 0;
    const stacked = Boolean(area.worst) && !lk.zh;
    const wide = stacked ? Math.max(nameWide, markWide) : nameWide + (area.worst ? size * 0.25 : 0) + markWide;
    const [x, y] = stacked ? [-markWide / 2, size * 0.52] : [wide / 2 - markWide, 0];
    return {
      wide,
      high: size * (stacked ? 2.1 : 1.15),
      name: { x: stacked ? 0 : (nameWide - wide) / 2, y: stacked ? -size * 0.5 : 0, text },
      mark: area.worst ? { x: x + size * 0.45, y, level: area.worst } : null,
      number: number ? { x: x + size * 0.95 + numberWide / 2, y, text: number } : null,
    };
  };

  /** Names, shapes and numbers that find room: the worst areas choose first, a quiet name that would collide is left out. */
  const layOut = (shown, taken, scale, size, [width, height]) => {
    const out = { bold: [], plain: [], marks: [], numbers: [] };
    const quiet = shown.length <= MOST_NAMES && (lk.zh || distance === "3m");
    const rank = (a) => (a.worst ? lk.levels.indexOf(a.worst) : -1);
    for (const area of [...shown].sort((a, b) => rank(b) - rank(a))) {
      if (!area.worst && !quiet) continue;
      const b = block(area, size);
      const [x, y] = scale.at(area.at);
      const cx = Math.max(b.wide / 2, Math.min(width - b.wide / 2, x));
      const boxAt = (cy) => ({ x0: cx - b.wide / 2, x1: cx + b.wide / 2, y0: cy - b.high / 2, y1: cy + b.high / 2 });
      const tries = [0, -0.6, 0.6, -1.1, 1.1].map((n) => Math.max(b.high / 2, Math.min(height - b.high / 2, y + n * size)));
      const cy = tries.find((at) => !taken.some((other) => overlaps(boxAt(at), other)));
      if (cy === undefined && !area.worst) continue;
      const put = (mark) => ({ ...mark, x: cx + mark.x, y: (cy ?? y) + mark.y });
      taken.push(boxAt(cy ?? y));
      (area.worst ? out.bold : out.plain).push(put(b.name));
      if (b.mark) out.marks.push(put(b.mark));
      if (b.number) out.numbers.push(put(b.number));
    }
    return out;
  };

  const choropleth = (codes, z, colorscale, line, width) => ({
    type: "choropleth",
    geojson: map.areas,
    featureidkey: "properties.code",
    locations: codes,
    z,
    zmin: 0,
    zmax: 2,
    colorscale,
    showscale: false,
    hoverinfo: "skip",
    marker: { line: { color: line, width } },
  });

  const steps = (a, b, c) => [[0, a], [0.33, a], [0.33, b], [0.67, b], [0.67, c], [1, c]];

  const land = (shown, px) => {
    const codes = shown.filter((a) => a.drawn).map((a) => a.code);
    const tint = { orange: 1, red: 2 };
    const z = shown.filter((a) => a.drawn).map((a) => tint[a.worst] ?? 0);
    const red = codes.filter((_, i) => z[i] === 2);
    const zeros = codes.map(() => 0);
    return [
      choropleth(codes, zeros, steps(colour("land"), colour("land"), colour("land")), colour("line-strong"), px * 0.5),
      choropleth(codes, z, steps(colour("land"), colour("orange-tint"), colour("red-tint")), colour("land-edge"), px * 0.25),
      choropleth(red, red.map(() => 0), steps(OPEN, OPEN, OPEN), colour("red"), px * 0.3),
    ];
  };

  const water = (px) =>
    map.water.map((line) => ({
      type: "scattergeo",
      mode: "lines",
      lon: line.map((p) => p[0]),
      lat: line.map((p) => p[1]),
      line: { color: colour("water"), width: px * 0.5 },
      hoverinfo: "skip",
    }));

  /** The whole figure for a graph of `width` x `height` pixels. */
  const figure = (shown, places, width, height, px) => {
    const size = TEXT_REM * px;
    const r = size * (places.length > CROWD ? 0.22 : 0.36);
    const drawn = shown.some((a) => a.drawn);
    // Without an area to draw it fits the points, whole signs only, and leaves room for the head that lies over it at 6 m.
    const [rim, top] = drawn ? [0, 0] : [1.2 * r, distance === "6m" ? HEAD * size : 0];
    const box = drawn ? lk.boxOf(shown.map((a) => map.boxes[a.code] ?? [...a.at, ...a.at])) : lk.boxOfPoints([...shown, ...places].map((p) => p.at));
    const scale = lk.scaleOf(box, [width, height], drawn ? width * 0.01 : size / 2, top); // room for outlines and signs
    const inside = ({ x, y }) => x > rim && x < width - rim && y > top + rim && y < height - rim;
    const outages = places.map((p) => ({ x: scale.at(p.at)[0], y: scale.at(p.at)[1] })).filter(inside);
    lk.outside = places.length - outages.length;
    const taken = outages.map((o) => ({ x0: o.x - r, x1: o.x + r, y0: o.y - r, y1: o.y + r }));
    const { bold, plain, marks, numbers } = layOut(shown, taken, scale, size, [width, height]);
    const pen = { color: colour("text"), width: r * 0.25 };
    const data = [
      ...land(shown, px),
      ...water(px),
      points(outages, scale, { mode: "markers", marker: { symbol: "circle", size: r * 2, color: colour("field"), opacity: 1, line: pen } }),
      points(outages, scale, { mode: "markers", marker: { symbol: "line-ne", size: r * 1.2, color: pen.color, opacity: 1, line: pen } }),
      texts(plain, scale, size, "text-2", false),
      texts(bold, scale, size, "text", true),
      texts(numbers, scale, size, "text", true),
      ...lk.levels.map((level) => levelMarks(marks, scale, size, level)),
    ];
    const [lonaxis, lataxis] = [{ range: scale.lon }, { range: scale.lat }]; // fitbounds would pad by a tenth
    const geo = { visible: false, fitbounds: false, projection: { type: "mercator" }, lonaxis, lataxis, bgcolor: OPEN, domain: { x: [0, 1], y: [0, 1] } };
    return { data, layout: { ...CLEAR, geo, uirevision: "wall", width, height } };
  };

  /** What the map says in one sentence. */
  const finding = (shown) => {
    if (!lk.isMapped) return t("no map set");
    if (lk.watchOf(["work_orders"], lk.now()).state === "unfed") return lk.outageFinding();
    const of = (level) => shown.filter((a) => a.worst === level).map((a) => lk.name(a.code));
    const said = [...lk.levels].reverse().filter((l) => of(l).length).map((l) => `${lk.levelWord(l)}${lk.zh ? "：" : ": "}${of(l).join(lk.zh ? "、" : ", ")}`);
    return said.length ? said.join(lk.zh ? "；" : "; ") : t("No district has a repair near its limit.");
  };

  // The chart library would fetch both files itself and never again after a failure; what stands here it does not fetch.
  const held = () => (window.PlotlyGeoAssets ??= { topojson: {} });
  let fetching = false;
  const fetchGround = async () => {
    if (fetching) return;
    fetching = true;
    try {
      const got = await Promise.all([`${map.topology}world_110m.json`, map.areas].map(async (url) => {
        const reply = await fetch(url);
        if (!reply.ok) throw new Error(`${url}: status ${reply.status}`);
        return reply.json();
      }));
      [held().topojson.world_110m, held()[map.areas]] = got;
    } catch (error) {
      console.warn(`lightkeeper: the map has to wait: ${error.message}`);
    } finally {
      fetching = false;
    }
  };

  let last = "";
  lk.drawMap = () => {
    if (!held()[map.areas]) return void fetchGround();
    const graph = document.getElementById(GRAPH);
    if (!graph || !graph.clientHeight || !lk.parts.counties || !lk.parts.units) return;
    const px = parseFloat(getComputedStyle(root).fontSize);
    const places = outagePlaces();
    const shown = areas();
    const size = [graph.clientWidth, graph.clientHeight];
    lk.isMapped = shown.length + places.length > 0;
    const made = lk.isMapped ? figure(shown, places, ...size, px) : { data: [], layout: { ...CLEAR, ...NO_AXES } };
    const key = JSON.stringify(made);
    if (key === last) return;
    last = key;
    graph.setAttribute("role", "img");
    graph.setAttribute("aria-label", finding(shown));
    window.dash_clientside.set_props(GRAPH, { figure: made });
  };

  lk.drawMapHead = (place, now) => {
    const watch = lk.watchOf(["work_orders", "outages"], now);
    const title = distance === "3m" ? [h("b", null, t("Districts")), h("span", { class: "qq" }, lk.outageSign(), t("outage"))] : [];
    const none = lk.isMapped === false ? h("span", { class: "q unset" }, t("no map set")) : null;
    const outside = lk.outside && watch.state === "ok" ? h("span", { class: "qq outside" }, t("{n} off the map", { n: lk.outside })) : null;
    lk.patch(place, [...title, outside, lk.ageNode(watch, now, "age"), none].filter(Boolean));
  };
})();
