/* The map of the page Hotspots: districts, stations, the zone's dashed ring, its places with their numbers. No tiles and
   nothing from outside: the site's own boundaries on an empty world. It keeps the reader's zoom while the same hotspot is
   looked at. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {});
  const GRAPH = "hotspots-map";
  const OPEN = "rgba(0,0,0,0)";
  const LEVEL = { alert: "orange", severe: "red" };
  const SIDES = [["top center", 0, -1], ["bottom center", 0, 1], ["middle right", 1, 0], ["middle left", -1, 0]];
  const NICE_KM = [0.2, 0.5, 1, 2, 5, 10, 20, 50];
  const KM = 111.32; // of a degree of latitude

  const spots = (rows, extra) => ({ type: "scattergeo", lon: rows.map((r) => r.lon), lat: rows.map((r) => r.lat), hoverinfo: "skip", ...extra });

  let ground = null; // the site's boundaries, once they are read
  let reading = false;
  const readGround = async () => {
    if (ground || reading) return;
    reading = true;
    try {
      const reply = await fetch(lk.page.areas);
      if (!reply.ok) throw new Error(`${lk.page.areas}: status ${reply.status}`);
      ground = await reply.json();
      draw();
    } catch (error) {
      console.warn(`lightkeeper: the map has to wait for its districts: ${error.message}`);
    } finally {
      reading = false;
    }
  };

  const land = (codes) => ({
    type: "choropleth", geojson: ground, featureidkey: "properties.code", locations: codes, z: codes.map(() => 0),
    colorscale: [[0, lk.colour("land")], [1, lk.colour("land")]], showscale: false, hoverinfo: "skip", marker: { line: { color: lk.colour("land-edge"), width: 2 } },
  });

  const radius = (n) => Math.min(16, 6.8 + 1.2 * n);
  const boxAt = ([x, y], wide, high) => [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2];
  const meet = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  /** The names of stations that find room, each at a side of its point. */
  const named = (d, scale, size, taken) => {
    const inside = ([x, y]) => x > 0 && y > 0 && x < size[0] && y < size[1];
    const points = d.stations.map((s) => ({ ...s, at: scale.at([s.lon, s.lat]) })).filter((s) => inside(s.at));
    taken.push(...points.map((s) => boxAt(s.at, 12, 12)));
    return points.map((s) => {
      const [wide, high] = [lk.textWidth(s.name, 12) + 4, 15];
      const box = ([, dx, dy]) => boxAt([s.at[0] + dx * (wide / 2 + 7), s.at[1] + dy * (high / 2 + 6)], wide, high);
      const free = SIDES.find((side) => {
        const b = box(side);
        return b[0] >= 0 && b[1] >= 0 && b[2] <= size[0] && b[3] <= size[1] && !taken.some((other) => other !== null && meet(b, other) && !same(other, s.at));
      });
      if (free) taken.push(box(free));
      return { ...s, text: free ? s.name : "", side: free?.[0] ?? "top center" };
    });
  };
  const same = (box, [x, y]) => Math.abs((box[0] + box[2]) / 2 - x) < 0.01 && Math.abs((box[1] + box[3]) / 2 - y) < 0.01;

  /** A line of so many kilometres at the foot of the map. */
  const measure = (scale, size) => {
    const [lon, lat] = scale.back([16, size[1] - 16]);
    const kmOfPx = (scale.lon[1] - scale.lon[0]) * KM * Math.cos((lat * Math.PI) / 180) / size[0];
    const km = NICE_KM.findLast((one) => one <= kmOfPx * size[0] * 0.24) ?? NICE_KM[0];
    const end = scale.back([16 + km / kmOfPx, size[1] - 16])[0];
    const text = { color: lk.colour("text-3"), size: 12 };
    return { type: "scattergeo", mode: "lines+text", lon: [lon, end], lat: [lat, lat], text: ["", ` ${lk.t("{n} km", { n: km })}`], textposition: "middle right", textfont: text, line: { color: lk.colour("text-2"), width: 1.5 }, hoverinfo: "skip" };
  };

  /** A little over the ring, so that its name does not lie on it. */
  const above = (scale, top) => {
    const [x, y] = scale.at(top);
    const [lon, lat] = scale.back([x, y - 4]);
    return { lon, lat };
  };

  /** Where the reader has moved the map to, while the same hotspot is looked at: the chart library keeps it for other charts. */
  const moved = (revision) => {
    const kept = document.querySelector(`#${GRAPH} .js-plotly-plot`)?.layout;
    const { center, projection } = (kept?.uirevision === revision && kept.geo) || {};
    return projection?.scale ? { center, projection } : {};
  };

  const figure = (d, size) => {
    const codes = (ground?.features ?? []).map((area) => area.properties.code);
    const scale = lk.scaleOf(d.box, size, 8);
    const at = (m) => scale.at([m.lon, m.lat]);
    const level = lk.colour(LEVEL[d.grade] ?? "text-2");
    const top = d.ring.length ? d.ring[0] : null; // its northernmost point
    const taken = d.members.map((m) => boxAt(at(m), 2 * radius(m.n) + 4, 2 * radius(m.n) + 4));
    if (top) taken.push(boxAt([scale.at(top)[0], scale.at(top)[1] - 12], lk.textWidth(d.label, 13, true) + 8, 18));
    const family = getComputedStyle(document.body).fontFamily;
    const stations = named(d, scale, size, taken);
    const members = [...d.members].sort((a, b) => a.n - b.n);
    const ring = d.ring.map(([lon, lat]) => ({ lon, lat }));
    const data = [
      ...(codes.length ? [land(codes)] : []),
      spots(stations, { mode: "markers+text", text: stations.map((s) => s.text), textposition: stations.map((s) => s.side), textfont: { size: 12, color: lk.colour("text-2") }, marker: { size: 9, color: lk.colour("reference"), opacity: 1 }, hovertext: stations.map((s) => s.name), hoverinfo: "text" }),
      spots(ring, { mode: "lines", line: { color: level, width: 3, dash: "9px,5px" } }),
      spots(members, { mode: "markers+text", text: members.map((m) => (m.n > 1 ? String(m.n) : "")), textfont: { size: 12, color: lk.colour("surface") }, marker: { size: members.map((m) => 2 * radius(m.n)), color: lk.colour("text"), opacity: 1, line: { color: lk.colour("surface"), width: 1.5 } }, hovertext: members.map((m) => m.said), hoverinfo: "text" }),
      ...(top ? [spots([above(scale, top)], { mode: "text", text: [`<b>${d.label}</b>`], textposition: "top center", textfont: { size: 13, color: lk.colour("text") } })] : []),
      measure(scale, size),
    ];
    const revision = `${d.key} ${size}`;
    const axes = { lonaxis: { range: scale.lon }, lataxis: { range: scale.lat } };
    const geo = { visible: false, fitbounds: false, projection: { type: "mercator" }, ...axes, ...moved(revision), bgcolor: OPEN, domain: { x: [0, 1], y: [0, 1] } };
    const hoverlabel = { bgcolor: lk.colour("surface"), bordercolor: lk.colour("line-strong"), font: { color: lk.colour("text"), size: 12 }, align: "left" };
    return { data, layout: { paper_bgcolor: OPEN, margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, geo, hoverlabel, font: { family, color: lk.colour("text"), size: 12 }, uirevision: revision, width: size[0], height: size[1] } };
  };

  let held = null;
  const draw = () => {
    const place = document.getElementById("hotspots-map-place");
    if (!place) return;
    place.closest("section").hidden = !held;
    place.hidden = !held?.box;
    if (!held?.box || !place.clientWidth) return;
    place.setAttribute("aria-label", held.finding);
    window.dash_clientside.set_props(GRAPH, { figure: figure(held, [place.clientWidth, place.clientHeight]) });
    readGround();
  };
  /** Draws the map of the hotspot that is looked at; null: there is none. */
  lk.drawHotspotMap = (map) => {
    held = map;
    draw();
  };
  let width = 0;
  window.addEventListener("resize", () => {
    const now = document.getElementById("hotspots-map-place")?.clientWidth ?? 0;
    if (now && now !== width) draw();
    width = now;
  });
  document.addEventListener("lightkeeper-theme", () => held && draw());
})();
