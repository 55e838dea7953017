/* Where names, shapes and numbers find room on the map. Signs of outages stand where the outage is; names give way to them
   and to each other, the worst first. All in pixels of the graph. */
(() => {
  const lk = (window.lightkeeper ??= {});
  if (lk.page.kind !== "wall") return;
  const { t } = lk;
  const MOST_NAMES = 12; // areas beyond which only those with something are named
  const WIDEST = 0.42; // of the map's width: a longer name is written in two lines, or cut
  const CROWD = 40; // outages beyond which their customers are not written beside them
  const FEW = 8; // outages up to which their customers choose before the names do
  const GAP = 0.2; // ems between a sign and what stands next to it
  const NEAR = 1; // ems a name goes out of the way of water
  const AWAY = [0, -0.4, 0.4, -0.8, 0.8, -1.2, 1.2, -1.7, 1.7]; // ems a name may stand from its place, across and along

  const overlap = (a, b) => Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)) * Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0));
  const clash = (box, taken) => taken.reduce((sum, other) => sum + overlap(box, other), 0);
  const within = (value, low, high) => (high < low ? (low + high) / 2 : Math.max(low, Math.min(high, value)));

  /** `text` in one line or two no wider than `most`; else its beginning. A word of Latin letters is never cut. */
  const linesOf = (text, size, bold, most) => {
    const fits = (s) => lk.textWidth(s, size, bold) <= most;
    if (fits(text)) return [text];
    const [words, glue] = /[一-鿿]/.test(text) ? [[...text], ""] : [text.split(/\s+/), " "];
    const middle = Math.ceil(words.length / 2);
    const halves = [words.slice(0, middle), words.slice(middle)].map((half) => half.join(glue)).filter(Boolean);
    if (words.length === 1 || halves.every(fits)) return halves;
    const kept = words.findLastIndex((_, i) => fits(`${words.slice(0, i + 1).join(glue)}…`));
    return [`${words.slice(0, Math.max(1, kept + 1)).join(glue)}…`];
  };

  /** Name, shape and number of one area round (0, 0): beside each other, or below each other where names are long.
      With no room for a name at all, `most` is 0. */
  const block = (area, size, most) => {
    const bold = Boolean(area.worst);
    const lines = most ? linesOf(lk.name(area.code), size, bold, most) : [""];
    const number = area.count > 1 ? String(area.count) : "";
    const nameWide = Math.max(...lines.map((line) => lk.textWidth(line, size, bold)));
    const numberWide = number ? lk.textWidth(number, size, true) + size * 0.2 : 0;
    const markWide = bold ? size * 0.9 + numberWide : 0;
    const nameHigh = size * (lines.length > 1 ? 2.4 : 1.15);
    const stacked = bold && most > 0 && (!lk.zh || lines.length > 1);
    const wide = stacked ? Math.max(nameWide, markWide) : nameWide + (bold && nameWide ? size * 0.25 : 0) + markWide;
    const high = nameHigh + (stacked ? size * 0.95 : 0);
    const [x, y] = stacked ? [-markWide / 2, high / 2 - size * 0.5] : [wide / 2 - markWide, 0];
    return {
      wide,
      high,
      name: { x: stacked ? 0 : (nameWide - wide) / 2, y: (nameHigh - high) / 2, text: lines.join("<br>") },
      mark: bold ? { x: x + size * 0.45, y, level: area.worst } : null,
      number: number ? { x: x + size * 0.95 + numberWide / 2, y, text: number } : null,
    };
  };

  const boxAt = (x, y, wide, high) => ({ x0: x - wide / 2, x1: x + wide / 2, y0: y - high / 2, y1: y + high / 2 });

  const TRIES = AWAY.flatMap((dy) => AWAY.map((dx) => [dx, dy])).sort((a, b) => Math.hypot(...a) - Math.hypot(...b));

  /** The free place nearest to [x, y] for something `wide` x `high`: beside the water if that is near, the least covered
      one when none is free. */
  const placeFor = ([x, y], { wide, high }, size, { taken, water, room }) => {
    const [width, height] = room;
    const tried = TRIES.map(([dx, dy]) => {
      const at = [within(x + dx * size, wide / 2, width - wide / 2), within(y + dy * size, high / 2, height - high / 2)];
      return { at, covered: clash(boxAt(...at, wide, high), taken), away: Math.hypot(dx, dy) };
    });
    const free = tried.filter((place) => !place.covered);
    const dry = free.find(({ at, away }) => away < NEAR && !clash(boxAt(...at, wide, high), water));
    return dry ?? free[0] ?? tried.reduce((a, b) => (b.covered < a.covered ? b : a));
  };

  /** Boxes along the lines of water. */
  const waterBoxes = (lines, scale) =>
    lines.flatMap((line) => {
      const spots = line.map(scale.at);
      return spots.slice(1).map(([x, y], i) => ({ x0: Math.min(x, spots[i][0]) - 1, x1: Math.max(x, spots[i][0]) + 1, y0: Math.min(y, spots[i][1]) - 1, y1: Math.max(y, spots[i][1]) + 1 }));
    });

  /** Customers out beside the sign of their outage, where there is room at either side; largest outages first. */
  const customers = (outages, r, size, { taken, room }) =>
    [...outages].reverse().flatMap((o) => {
      if (o.customers_out === null || o.customers_out === undefined) return [];
      const text = t("{n} out##map", { n: lk.count(o.customers_out) });
      const wide = lk.textWidth(text, size, false);
      const away = r + GAP * size + wide / 2 + 1;
      const sides = [o.x + away, o.x - away].filter((x) => x - wide / 2 > 0 && x + wide / 2 < room[0]);
      const x = sides.find((side) => !clash(boxAt(side, o.y, wide, size), taken));
      if (x === undefined) return [];
      taken.push(boxAt(x, o.y, wide, size));
      return [{ x, y: o.y, text }];
    });

  /** The block of an area and its place. Where a name finds no room the shape stands alone rather than over something else. */
  const blockFor = (area, size, scale, ground) => {
    const whole = block(area, size, ground.room[0] * WIDEST);
    const place = placeFor(scale.at(area.at), whole, size, ground);
    if (!place.covered || !area.worst) return [whole, place];
    const bare = block(area, size, 0);
    return [bare, placeFor(scale.at(area.at), bare, size, ground)];
  };

  /** Names, shapes and numbers of areas that find room, and the customers of outages, on a graph of `room` [width, height].
      Signs of outages have the radius `r`; `head`: boxes of what lies over the map. A quiet name that would cover something
      is left out. */
  lk.placeLabels = (shown, outages, r, scale, size, room, head = []) => {
    const out = { bold: [], plain: [], marks: [], numbers: [], customers: [] };
    const signs = outages.map((o) => boxAt(o.x, o.y, 2 * (r + GAP * size), 2 * (r + GAP * size)));
    const ground = { taken: [...head, ...signs], water: waterBoxes(lk.page.map.water, scale), room };
    const counted = lk.page.distance === "3m" && outages.length <= CROWD;
    const few = outages.length <= FEW;
    if (counted && few) out.customers = customers(outages, r, size, ground);
    const quiet = shown.length <= MOST_NAMES && (lk.zh || lk.page.distance === "3m");
    const rank = (a) => (a.worst ? lk.levels.indexOf(a.worst) : -1);
    for (const area of [...shown].sort((a, b) => rank(b) - rank(a))) {
      if (!area.worst && !quiet) continue;
      const [b, { at, covered }] = blockFor(area, size, scale, ground);
      if (covered && !area.worst) continue;
      const put = (mark) => ({ ...mark, x: at[0] + mark.x, y: at[1] + mark.y });
      ground.taken.push(boxAt(...at, b.wide, b.high));
      (area.worst ? out.bold : out.plain).push(put(b.name));
      if (b.mark) out.marks.push(put(b.mark));
      if (b.number) out.numbers.push(put(b.number));
    }
    if (counted && !few) out.customers = customers(outages, r, size, ground);
    return out;
  };
})();
