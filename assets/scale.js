/* Where places lie on the map: a box of longitudes and latitudes, and how it fits into the pixels of the graph (Mercator). */
(() => {
  const lk = (window.lightkeeper ??= {});
  const LEAST = 0.05; // degrees: a lone place is not magnified beyond a town
  const FAR = 0.05; // of the points at each side that may lie outside: a lone one far away would make one clump of all others
  const AROUND = 0.25; // of the span of the others that is shown beyond them
  const STEPS = 8; // a box of points grows and shrinks by such a part of itself, so that the map stands still between them

  const mercator = (lat) => (Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * 180) / Math.PI;
  const latitude = (y) => (Math.atan(Math.exp((y * Math.PI) / 180)) * 360) / Math.PI - 90;

  /** The box round boxes: [west, south, east, north]. */
  lk.boxOf = (boxes) => [
    Math.min(...boxes.map((b) => b[0])),
    Math.min(...boxes.map((b) => b[1])),
    Math.max(...boxes.map((b) => b[2])),
    Math.max(...boxes.map((b) => b[3])),
  ];

  /** From where to where most of `values` lie, and all of them that are near these. */
  const most = (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    const far = Math.floor(sorted.length * FAR);
    const [low, high] = [sorted[far], sorted[sorted.length - 1 - far]];
    const near = sorted.filter((v) => v >= low - AROUND * (high - low) && v <= high + AROUND * (high - low));
    return [near[0], near.at(-1)];
  };

  /** A box round nearly all of some points [lon, lat] that come and go. */
  lk.boxOfPoints = (points) => {
    const [west, east] = most(points.map((p) => p[0]));
    const [south, north] = most(points.map((p) => p[1]));
    const step = 2 ** Math.floor(Math.log2(Math.max(east - west, north - south, LEAST) / STEPS));
    const [down, up] = [(v) => Math.floor(v / step) * step, (v) => Math.floor(v / step + 1) * step];
    return [down(west), Math.max(-85, down(south)), up(east), Math.min(85, up(north))];
  };

  /** Pixels of a graph of `width` x `height` by place and back, as it shows `box` with `edge` free at each side and `top` above. */
  lk.scaleOf = ([west, lower, east, upper], [width, height], edge, top = 0) => {
    const [south, north] = [mercator(lower), mercator(upper)];
    const k = Math.min((width - 2 * edge) / (east - west || 1), (height - 2 * edge - top) / (north - south || 1));
    const [x0, y0] = [(width - (east - west) * k) / 2, top + (height - top - (north - south) * k) / 2]; // what the shape leaves free
    const back = ([x, y]) => [west + (x - x0) / k, latitude(north - (y - y0) / k)];
    const [[lon0, lat0], [lon1, lat1]] = [back([0, height]), back([width, 0])];
    const at = ([lon, lat]) => [x0 + (lon - west) * k, y0 + (north - mercator(lat)) * k];
    return { at, back, lon: [lon0, lon1], lat: [lat0, lat1] };
  };
})();
