/* The rings of hotspots on the wall's map: where each lies in pixels, how wide, and the number in it at 3 m. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { t } = lk;
  const KM = 111.32; // of a degree of latitude
  const POINTS = 48;
  const FLAT = 0.8; // a ring is a little wider than high, so that names find room above and below it
  const LEAST = 0.8; // ems of its half width
  const KEPT = lk.page.distance === "10m" ? 0 : 1.2; // ems round its middle that names leave free; at 10 m they have no other place
  const MOST = 12; // beyond that many rings a map says nothing

  /** The half width in pixels of the zone round [x, y]. */
  const reachOf = (spot, [x, y], scale, members) => {
    if (spot.radius_km) return Math.abs(scale.at([spot.lon, spot.lat + spot.radius_km / KM])[1] - y);
    const own = members.filter((m) => m.number === spot.number && m.lon !== null).map((m) => scale.at([m.lon, m.lat]));
    return Math.max(0, ...own.map((at) => Math.hypot(at[0] - x, at[1] - y)));
  };

  /** Each standing hotspot that has a place: {x, y, text, level, points, box}. `box`: what of it names do not
      cover; `outages`: signs of `sign` px that a number gives way to; `size`: px of the map's text. */
  lk.hotspotRings = (scale, size, outages, sign) => {
    const members = lk.rows({ columns: lk.parts.hotspots?.members });
    const numbers = []; // middles of the numbers written so far
    return lk.hotspots().slice(0, MOST).flatMap((spot) => {
      if (spot.lon === null || spot.lat === null) return [];
      const [x, y] = scale.at([spot.lon, spot.lat]);
      const wanted = lk.page.distance === "3m" ? t("{n} cases##map", { n: lk.count(spot.observed) }) : "";
      const room = lk.textWidth(wanted, size, true) / 2 + size * 0.3;
      const near = (others, across, along) => others.some((o) => Math.abs(o.x - x) < across && Math.abs(o.y - y) < along);
      const isFree = !near(outages, room + sign, size * 0.6 + sign) && !near(numbers, 2 * room, size * 1.3);
      const [text, half] = wanted && isFree ? [wanted, room] : ["", 0];
      if (text) numbers.push({ x, y });
      const r = Math.max(reachOf(spot, [x, y], scale, members), half, size * LEAST);
      const turn = (i) => (2 * Math.PI * i) / POINTS;
      const points = Array.from({ length: POINTS + 1 }, (_, i) => ({ x: x + r * Math.cos(turn(i)), y: y + r * FLAT * Math.sin(turn(i)) }));
      const [across, along] = [text ? half : Math.min(r, size * KEPT), Math.min(r * FLAT, size * (text ? 0.6 : KEPT * FLAT))];
      return [{ x, y, text, level: spot.level, points, box: { x0: x - across, x1: x + across, y0: y - along, y1: y + along } }];
    });
  };
})();
