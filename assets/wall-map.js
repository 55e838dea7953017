/* The map: districts tinted by the worst open clock in them, a shape and a number where something is near its limit,
   running outages. One graph; its figure is plain data made of the parts and the colours of the theme. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { h, t } = lk;
  const GRAPH = "wall-map";
  const distance = lk.page.distance;
  const TEXT_REM = { "3m": 2.4, "6m": 4.4, "10m": 7.3 }[distance];
  const MOST_OUTAGES = 300;
  const CROWD = 40; // outages beyond which their signs are smaller
  const HEAD = 1.3; // ems of the head that lies over the map of 6 m
  const HEAD_WIDE = 3.5; // ems of it that are written on at most times
  const OPEN = "rgba(0,0,0,0)";
  const map = lk.page.map;

  const CLEAR = { paper_bgcolor: OPEN, plot_bgcolor: OPEN, margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false };
  const NO_AXES = { xaxis: { visible: false }, yaxis: { visible: false } };

  const root = document.documentElement;
  const family = () => getComputedStyle(root).fontFamily;

  // The chart library would fetch both files itself and never again after a failure; what stands here it does not fetch.
  const held = () => (window.PlotlyGeoAssets ??= { topojson: {} });

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
      textfont: { size, color: lk.colour(ink), family: family() },
    });

  const SYMBOL = { blue: "diamond-open", yellow: "triangle-up", orange: "square", red: "octagon" };
  const INK = { blue: 0.56, yellow: 0.72, orange: 0.66, red: 0.86 };

  const levelMarks = (marks, scale, size, level) => {
    const mine = marks.filter((m) => m.level === level);
    const pale = lk.colour("mark-edge");
    const edge = level === "red" ? { color: lk.colour("bang"), width: size * 0.06 } : { color: pale === "transparent" ? OPEN : pale, width: 1 };
    const open = level === "blue" ? { color: lk.colour("blue"), width: size * 0.13 } : edge;
    return points(mine, scale, {
      mode: level === "red" ? "markers+text" : "markers",
      text: mine.map(() => "<b>!</b>"),
      textfont: { size: size * 0.66, color: lk.colour("bang"), family: family() },
      marker: { symbol: SYMBOL[level], size: size * INK[level], color: lk.colour(level), line: open, opacity: 1 },
    });
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
      choropleth(codes, zeros, steps(lk.colour("land"), lk.colour("land"), lk.colour("land")), lk.colour("line-strong"), px * 0.5),
      choropleth(codes, z, steps(lk.colour("land"), lk.colour("orange-tint"), lk.colour("red-tint")), lk.colour("land-edge"), px * 0.25),
      choropleth(red, red.map(() => 0), steps(OPEN, OPEN, OPEN), lk.colour("red"), px * 0.3),
    ];
  };

  const water = (px) =>
    map.water.map((line) => ({
      type: "scattergeo",
      mode: "lines",
      lon: line.map((p) => p[0]),
      lat: line.map((p) => p[1]),
      line: { color: lk.colour("water"), width: px * 0.5 },
      hoverinfo: "skip",
    }));

  /** Whether an area reaches into the left corner above, `wide` x `high` pixels. */
  const reaches = (scale, wide, high) =>
    held()[map.areas].features.some((f) =>
      f.geometry.coordinates.some(([outline]) =>
        outline.some((spot) => {
          const [x, y] = scale.at(spot);
          return x < wide && y < high;
        }),
      ),
    );

  /** What the head covers of the map, in steps of an em: its age counts on, and the names are to stand still. */
  const headBoxes = (size) => {
    if (distance !== "6m") return [];
    const em = (px) => Math.ceil(px / size) * size;
    const nodes = document.getElementById("wall-map-head")?.children ?? [];
    return [...nodes].map((node) => ({ x0: node.offsetLeft, x1: node.offsetLeft + Math.max(HEAD_WIDE * size, em(node.offsetWidth)), y0: 0, y1: HEAD * size }));
  };

  /** A hotspot's dashed ring; under it land, because on red land a red line alone is none. */
  const ringLines = (ring, scale, px) => [
    points(ring.points, scale, { mode: "lines", line: { color: lk.colour("land"), width: px * 0.7 } }),
    points(ring.points, scale, { mode: "lines", line: { color: lk.colour(ring.level), width: px * 0.34, dash: `${px * 0.9}px,${px * 0.5}px` } }),
  ];

  /** The whole figure for a graph of `width` x `height` pixels. */
  const figure = (shown, places, width, height, px) => {
    const size = TEXT_REM * px;
    const r = size * (places.length > CROWD ? 0.22 : 0.36);
    const drawn = shown.some((a) => a.drawn);
    // Without an area to draw it fits the points, whole signs only, and leaves room for the head that lies over it at 6 m.
    const rim = drawn ? 0 : 1.2 * r;
    const head = distance === "6m" ? HEAD * size : 0;
    const box = drawn ? lk.boxOf(shown.map((a) => map.boxes[a.code] ?? [...a.at, ...a.at])) : lk.boxOfPoints([...shown, ...places].map((p) => p.at));
    const scaled = (above) => lk.scaleOf(box, [width, height], drawn ? width * 0.01 : size / 2, above); // room for outlines and signs
    const over = headBoxes(size);
    const corner = Math.max(HEAD_WIDE * size, ...over.filter((b) => b.x0 < width / 2).map((b) => b.x1));
    const top = head && (!drawn || reaches(scaled(0), corner, head)) ? head : 0;
    const scale = scaled(top);
    const inside = ({ x, y }) => x > rim && x < width - rim && y > top + rim && y < height - rim;
    const outages = places.map((p) => ({ ...p, x: scale.at(p.at)[0], y: scale.at(p.at)[1] })).filter(inside);
    lk.outside = places.length - outages.length;
    const hot = lk.hotspotRings(scale, size, outages, r).filter(inside);
    const { bold, plain, marks, numbers, customers } = lk.placeLabels(shown, outages, r, scale, size, [width, height], [...over, ...hot.map((ring) => ring.box)]);
    const pen = { color: lk.colour("text"), width: r * 0.25 };
    const tinted = shown.some((a) => a.worst === "red" || a.worst === "orange"); // a quiet name may reach into a neighbour
    const data = [
      ...land(shown, px),
      ...water(px),
      ...hot.flatMap((ring) => ringLines(ring, scale, px)),
      points(outages, scale, { mode: "markers", marker: { symbol: "circle", size: r * 2, color: lk.colour("field"), opacity: 1, line: pen } }),
      points(outages, scale, { mode: "markers", marker: { symbol: "line-ne", size: r * 1.2, color: pen.color, opacity: 1, line: pen } }),
      texts(plain, scale, size, tinted ? "text" : "text-2", false),
      texts(customers, scale, size, "text", false),
      texts(bold, scale, size, "text", true),
      texts([...numbers, ...hot.filter((ring) => ring.text)], scale, size, "text", true),
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
    const hot = lk.hotspots().map((spot) => lk.name(spot.station ?? spot.county ?? spot.feeder)).filter(Boolean);
    if (hot.length) said.push(`${t("hotspot##map")}${lk.zh ? "：" : ": "}${hot.join(lk.zh ? "、" : ", ")}`);
    return said.length ? said.join(lk.zh ? "；" : "; ") : t("No district has a repair near its limit.");
  };

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
    graph.setAttribute("role", "img"); // each time: the framework may have made the node anew
    graph.setAttribute("aria-label", finding(shown));
    const key = JSON.stringify(made);
    if (key === last) return;
    last = key;
    window.dash_clientside.set_props(GRAPH, { figure: made });
  };

  lk.drawMapHead = (place, now) => {
    const watch = lk.watchOf(["work_orders", "outages"], now);
    const title = distance === "3m" ? [h("b", null, t("Districts")), h("span", { class: "qq" }, lk.outageSign(), t("outage"), lk.hotspots().length ? ` ${t("dashed: hotspot")}` : null)] : [];
    const none = lk.isMapped === false ? h("span", { class: "q unset" }, t("no map set")) : null;
    const outside = lk.outside && watch.state === "ok" ? h("span", { class: "qq outside" }, t("{n} off the map", { n: lk.outside })) : null;
    lk.patch(place, [...title, outside, lk.ageNode(watch, now, "age"), none].filter(Boolean));
  };

  // Widths measured before the font was there are another font's: everything is measured again.
  document.fonts.addEventListener("loadingdone", () => window.dispatchEvent(new Event("resize")));

  lk.panel("map", (place, now) => {
    lk.drawMapHead(document.getElementById("wall-map-head"), now);
    lk.drawMap();
  });
})();
