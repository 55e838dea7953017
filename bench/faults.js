/* What stands in the way of reading the page, as [kind, what, where], but for pale text and what a mouse does (mouse.js). For pale
   text it gives each text with its box and colour and leaves all text transparent, so that a picture taken next shows what lies
   under it. */
async () => {
  const LEAST = { "3m": 22, "6m": 44, "10m": 73, desk: 12 }; // px of a 1920x1080 picture on a wall, px on the desk
  const [WALL_RATIO, DESK_RATIO, LARGE_RATIO, DIMMED_RATIO] = [7, 4.5, 3, 3];
  const LARGEST = 3; // of the smallest text: a shape is not higher
  const TOUCH = 2; // px that two boxes may share
  const TAIL = 0.05; // of the larger text's size: its box may share that much, for the tail of a comma
  const SAYS = "[data-may-cut]"; // the element says that it may be cut, and what the whole is
  const root = document.documentElement;
  const wall = root.dataset.kind === "wall";
  const columns = wall ? Math.max(1, Math.floor((innerWidth * 9) / (innerHeight * 16) + 0.01)) : 1;
  const scale = wall ? Math.min(innerWidth / (1920 * columns), innerHeight / 1080) : 1;
  const least = (LEAST[root.dataset.distance] ?? LEAST.desk) * scale;
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  const colours = new Map();
  const rgba = (css) => {
    if (!colours.has(css)) {
      pen.canvas.width = 1; // clears it
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      colours.set(css, [r, g, b, a / 255]);
    }
    return colours.get(css);
  };

  const styles = new Map();
  const styleOf = (node) => styles.get(node) ?? styles.set(node, getComputedStyle(node)).get(node);
  const up = (node) => node.parentElement;
  const faults = [];
  const tag = (node) => {
    const data = [...node.attributes].filter((a) => a.name.startsWith("data-") && a.value && a.value.length < 24).map((a) => `[${a.name}=${a.value}]`);
    return node.localName + (node.id ? `#${node.id}` : "") + [...node.classList].slice(0, 2).map((c) => `.${c}`).join("") + (data[0] ?? "");
  };
  const path = (node) => {
    const named = up(node)?.closest("[data-panel], [data-order], section, header, footer, [id]");
    return (named && named !== node ? `${tag(named)} ` : "") + tag(node);
  };
  const at = (b) => `${Math.round(b.x0)},${Math.round(b.y0)} ${Math.round(b.x1 - b.x0)}x${Math.round(b.y1 - b.y0)}`;
  const fault = (kind, what, node, box) => faults.push([kind, what, path(node) + (box ? ` at ${at(box)}` : "")]);
  const boxOf = (r) => ({ x0: r.left, y0: r.top, x1: r.right, y1: r.bottom });
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });

  /** How much larger than its computed size `node` is painted: transforms, zoom and the view box of an SVG. */
  const zoomOf = (node) => {
    if (node.getScreenCTM) {
      const m = node.getScreenCTM();
      if (m) return { by: Math.sqrt(Math.abs(m.a * m.d - m.b * m.c)), turned: Math.abs(m.b) > 0.01 };
    }
    let [by, turned] = [node.currentCSSZoom ?? 1, false];
    for (let n = node; n; n = up(n)) {
      const { transform, scale: grown } = styleOf(n);
      if (transform !== "none") {
        const m = new DOMMatrixReadOnly(transform);
        by *= Math.sqrt(Math.abs(m.a * m.d - m.b * m.c));
        turned ||= Math.abs(m.b) > 0.01;
      }
      if (grown && grown !== "none") by *= parseFloat(grown);
    }
    return { by, turned };
  };
  /** What ancestors leave of a box: [{node, box, scrolls}], innermost first. */
  const clipsOf = (node) => {
    const clips = [];
    for (let n = node; n && n !== document.body && n !== root; n = up(n)) {
      const { overflowX, overflowY, position } = styleOf(n);
      if (overflowX !== "visible" || overflowY !== "visible") {
        const b = boxOf(n.getBoundingClientRect());
        if (overflowX === "visible") [b.x0, b.x1] = [-1e6, 1e6];
        if (overflowY === "visible") [b.y0, b.y1] = [-1e6, 1e6];
        if (styleOf(n).display !== "inline" || n instanceof SVGElement) clips.push({ node: n, box: b, scrolls: /auto|scroll/.test(overflowX + overflowY) });
      }
      if (position === "fixed") break;
    }
    return clips;
  };
  const common = (a, b) => ({ x0: Math.max(a.x0, b.x0), y0: Math.max(a.y0, b.y0), x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1) });
  const shares = (a, b, by) => Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0) > by && Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0) > by;
  /** Where the ink of `said` is inside the line box `r`: a line box of Chinese is half as high again as its characters. */
  const ink = (said, r, style, { by, turned }) => {
    const box = boxOf(r);
    if (turned) return box;
    pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const m = pen.measureText(said);
    const base = r.top + (r.height * m.fontBoundingBoxAscent) / (m.fontBoundingBoxAscent + m.fontBoundingBoxDescent);
    return { ...box, y0: base - m.actualBoundingBoxAscent * by, y1: base + m.actualBoundingBoxDescent * by };
  };
  const opacityOf = (node) => {
    let by = 1;
    for (let n = node; n; n = up(n)) by *= parseFloat(styleOf(n).opacity);
    return by;
  };
  const ground = (node) => {
    for (let n = node; n; n = up(n)) if (rgba(styleOf(n).backgroundColor)[3] > 0.99) return rgba(styleOf(n).backgroundColor);
    return [255, 255, 255, 1];
  };
  /** The colour of the text; an ancestor of less than full opacity mixes it with what lies behind that ancestor. */
  const inkOf = (node) => {
    const style = styleOf(node);
    const css = node instanceof SVGElement ? style.fill : style.webkitTextFillColor;
    let [r, g, b, a] = css === "none" || css.startsWith("url") ? [0, 0, 0, 0] : rgba(css);
    if (node instanceof SVGElement) a *= parseFloat(style.fillOpacity);
    for (let n = node; up(n); n = up(n)) {
      const part = parseFloat(styleOf(n).opacity);
      if (part < 1) [r, g, b] = [r, g, b].map((c, i) => part * c + (1 - part) * ground(up(n))[i]);
    }
    return [r, g, b, a];
  };
  /** For screen readers alone: clipped to nothing on purpose. */
  const unseen = (node) => clipsOf(node).some(({ box }) => box.x1 - box.x0 <= 1.5 && box.y1 - box.y0 <= 1.5) || styleOf(node).clipPath.startsWith("inset(50%");

  const textNodes = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
      const node = n.parentElement;
      if (!n.data.trim() || node.closest("script, style, noscript, template, option, svg title, svg desc") || !seen(node) || unseen(node)) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      const said = n.data.trim().replace(/\s+/g, " ");
      for (const r of range.getClientRects()) if (r.width > 0.5 && r.height > 0.5) found.push({ node, said, r });
    }
    return found;
  };
  const fields = () =>
    [...document.querySelectorAll("input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea")].flatMap((node) => {
      const said = node.value || node.placeholder;
      if (!said || !seen(node)) return [];
      if (node.scrollWidth > node.clientWidth + 1) fault("cut", said, node);
      const [b, s] = [node.getBoundingClientRect(), styleOf(node)];
      const r = new DOMRect(b.left + parseFloat(s.paddingLeft), b.top, Math.max(1, b.width - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight)), b.height);
      return [{ node, said, r, field: true }];
    });

  const dimmed = (node) => document.body.classList.contains("lost") && !node.closest("[role=alert]");
  const ratioOf = (node, px) => {
    if (dimmed(node)) return DIMMED_RATIO; // the last good picture, declared as not current by the banner above it
    if (wall) return WALL_RATIO;
    return px >= 24 || (px >= 18.66 && styleOf(node).fontWeight >= 700) ? LARGE_RATIO : DESK_RATIO;
  };

  const paints = (node) => {
    const style = styleOf(node);
    if (opacityOf(node) < 0.3) return false;
    if (node instanceof SVGGeometryElement) return style.fill !== "none" && !style.fill.startsWith("url") && rgba(style.fill)[3] * parseFloat(style.fillOpacity) > 0.3;
    return rgba(style.backgroundColor)[3] > 0.3 || style.backgroundImage !== "none" || ["img", "canvas", "video"].includes(node.localName);
  };
  /** What is painted over `text` at a point: an element, "gone" where a clip path takes the text away, null for nothing. */
  const coverAt = ({ node }, x, y) => {
    const stack = document.elementsFromPoint(x, y);
    const own = stack.findIndex((n) => n === node || node.contains(n) || (n.localName === "text" && n.contains(node)));
    const above = stack.slice(0, own < 0 ? stack.findIndex((n) => n.contains(node)) : own); // text that leaves its box is not in the stack
    const cover = above.find((n) => !n.contains(node) && paints(n));
    if (cover || own >= 0) return cover ?? null;
    for (let n = node; n; n = up(n)) if (styleOf(n).clipPath !== "none") return "gone";
    return null;
  };

  /** Clipped, covered and outside; the part of the text that is left to see, null when there is none. */
  const visible = (text) => {
    const { node, said, box } = text;
    let left = box;
    if (wall && said.endsWith("…") && !(node instanceof SVGElement) && !node.closest(SAYS)) fault("cut", said, node, box);
    for (const clip of clipsOf(node)) {
      const slack = 1.5 * scale;
      const beyond = box.x0 < clip.box.x0 - slack || box.x1 > clip.box.x1 + slack || box.y0 < clip.box.y0 - slack || box.y1 > clip.box.y1 + slack;
      left = common(left, clip.box);
      const gone = left.x1 - left.x0 < 1 || left.y1 - left.y0 < 1;
      const whole = node.closest(SAYS) ?? (wall ? null : node.closest("[title], [aria-label]"));
      if (beyond && (wall || (!clip.scrolls && !gone)) && !whole) fault("cut", said, node, box);
      if (gone) return null;
      if (beyond) return left;
    }
    const [width, height] = wall ? [innerWidth, innerHeight] : [root.clientWidth, 1e6];
    const top = wall ? 0 : -1e6;
    if (box.x0 < -0.5 || box.y0 < top - 0.5 || box.x1 > width + 0.5 || box.y1 > height + 0.5) {
      fault("outside", said, node, box);
      return null;
    }
    if (box.y1 < 0 || box.y0 > innerHeight) return left; // further down on a page of the desk: nothing to hit there
    const inset = Math.min((box.x1 - box.x0) / 2, 0.25 * text.px);
    const y = Math.max(0, Math.min(innerHeight - 1, (box.y0 + box.y1) / 2));
    const over = [box.x0 + inset, (box.x0 + box.x1) / 2, box.x1 - inset].map((x) => coverAt(text, x, y));
    if (text.field || over.every((n) => n === null)) return left;
    if (over.every((n) => n?.closest?.("[role=alert]"))) return null; // a banner that takes the place
    if (!wall) return null; // an open list or dialogue of the desk lies over the page
    fault(over.includes("gone") ? "cut" : "covered", said, node, box);
    return left;
  };

  const shapes = () =>
    [...document.querySelectorAll("[role=img], .scatterlayer path.point")]
      .filter((n) => seen(n) && !n.textContent.trim())
      .map((node) => ({ node, said: node.getAttribute("aria-label") ?? "shape", box: boxOf(node.getBoundingClientRect()), shape: true }))
      .filter(({ box }) => box.x1 - box.x0 > 1 && box.y1 - box.y0 < LARGEST * least); // not the whole map, a picture too
  const middle = (b) => [(b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2];
  /** The "!" of an octagon is a part of its shape. */
  const isSign = (text, all) =>
    text.said.length === 1 && all.some(({ box: b }) => {
      const [[x, y], [cx, cy]] = [middle(text.box), middle(b)];
      return Math.hypot(x - cx, y - cy) < 0.2 * (b.x1 - b.x0) && text.box.x0 >= b.x0 && text.box.x1 <= b.x1;
    });

  /** Each text with the first thing it lies on: one fault is enough to look there. */
  const overlapping = (texts, all) => {
    texts.forEach((a, i) => {
      const b = [...texts.slice(i + 1), ...all].find((other) => a.node !== other.node && shares(a.left, other.left ?? other.box, Math.max(TOUCH * scale, TAIL * Math.max(a.px, other.px ?? 0))));
      if (b) fault("overlap", `${a.said} | ${b.said}`, a.node, common(a.left, b.left ?? b.box));
    });
  };

  const sheetOf = (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets.push(sheet);
    return sheet;
  };

  const look = async () => {
    const reach = sheetOf("html *, html *::before { pointer-events: auto !important } html svg * { pointer-events: all !important }");
    const found = [...textNodes(), ...fields()].map((text) => {
      const zoom = zoomOf(text.node);
      const style = styleOf(text.node);
      return { ...text, px: parseFloat(style.fontSize) * zoom.by, box: text.field ? boxOf(text.r) : ink(text.said, text.r, style, zoom) };
    });
    const all = shapes();
    const texts = found.filter((text) => !isSign(text, all));
    for (const text of texts) {
      if (text.px < least - 0.5 * scale) fault("small", `${text.said} (${text.px.toFixed(1)} of ${least.toFixed(1)} px)`, text.node, text.box);
      text.left = visible(text);
    }
    const left = texts.filter((text) => text.left);
    if (!left.length) fault("empty", "nothing can be read", document.body);
    overlapping(left.filter((text) => !text.field), all);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== reach);
    const held = left.filter(({ node }) => !node.closest(":disabled, [aria-disabled=true]"));
    const coloured = held.map((t) => ({ said: t.said, where: `${path(t.node)} at ${at(t.left)}`, box: t.left, ink: inkOf(t.node), ratio: ratioOf(t.node, t.px) }));
    sheetOf(
      "*, *::before, *::after, *::placeholder { -webkit-text-fill-color: transparent !important; text-decoration-color: transparent !important; text-shadow: none !important; caret-color: transparent !important; transition: none !important } " +
        "svg text, svg tspan { fill: transparent !important }",
    ).hidesText = true;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); // until it is painted
    return { faults, texts: coloured };
  };

  return look();
}
