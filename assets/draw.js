/* Drawing: a small tree of wanted nodes is laid over the page and only what differs is touched. Data become text nodes
   and attributes, never HTML. Children with a key keep their node when they change place, and slide there. Shapes of the
   four levels, sparklines and bars are drawn here too. */
(() => {
  const lk = (window.lightkeeper ??= {});
  const SVG = "http://www.w3.org/2000/svg";
  const SLIDE_MS = 240;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  lk.panels = {};
  /** Says how panel `name` is drawn: draw(place, now) fills the element that the layout made for it. */
  lk.panel = (name, draw) => {
    lk.panels[name] = draw;
  };

  /** A wanted node: tag (svg parts as "svg:path"), attributes (null leaves one out), children (nodes, texts, null).
      The attribute `key` is for `patch` and never reaches the page. */
  const h = (lk.h = (tag, attrs, ...children) => ({ tag, attrs: attrs ?? {}, children: children.flat().filter((c) => c !== null && c !== false && c !== undefined) }));

  /** A colour of the theme, for what draws with the chart library. */
  lk.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  const make = (want) => {
    if (typeof want !== "object") return document.createTextNode(String(want));
    const [kind, name] = want.tag.split(":");
    const node = name ? document.createElementNS(SVG, name) : document.createElement(kind);
    node.lkTag = want.tag;
    return node;
  };

  const dress = (node, attrs) => {
    node.lkKey = attrs.key ?? null;
    for (const { name } of [...node.attributes]) if (attrs[name] === undefined || attrs[name] === null) node.removeAttribute(name);
    for (const [name, value] of Object.entries(attrs)) {
      if (name !== "key" && value !== null && value !== undefined && node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
    }
  };

  const keyOf = (want) => want?.attrs?.key ?? null;

  /** Puts the nodes of `parent` into the order of `children` by their keys; a node whose key is gone serves a new one.
      Gives the heights at which the rows that stay stood, or null where no row changes place. */
  const arrange = (parent, children) => {
    const old = [...parent.childNodes];
    const wanted = children.map(keyOf);
    if (wanted.every((key) => key === null) || wanted.every((key, i) => key === (old[i]?.lkKey ?? null))) return null;
    const held = new Map(old.filter((n) => (n.lkKey ?? null) !== null).map((n) => [n.lkKey, n]));
    const stay = new Map([...held].filter(([key]) => wanted.includes(key)));
    const tops = new Map([...stay].map(([key, node]) => [key, node.getBoundingClientRect().top]));
    const free = old.filter((n) => !stay.has(n.lkKey));
    for (const [i, key] of wanted.entries()) {
      const node = stay.get(key) ?? free.shift();
      if (node && parent.childNodes[i] !== node) parent.insertBefore(node, parent.childNodes[i] ?? null);
    }
    return tops;
  };

  /** Rows that changed place slide from where they stood. */
  const slide = (parent, tops) => {
    for (const node of parent.children) {
      for (const motion of node.getAnimations?.() ?? []) motion.cancel();
    }
    if (calm.matches) return;
    for (const node of parent.children) {
      const from = tops.get(node.lkKey);
      const by = from === undefined ? 0 : from - node.getBoundingClientRect().top;
      if (by) node.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: SLIDE_MS, easing: "ease-out" });
    }
  };

  /** Makes the children of `parent` what `children` want, keeping every node that can stay. */
  const patch = (lk.patch = (parent, children) => {
    const tops = arrange(parent, children);
    children.forEach((want, i) => {
      let node = parent.childNodes[i];
      const fits = node && (typeof want === "object" ? node.lkTag === want.tag : node.nodeType === Node.TEXT_NODE);
      if (!fits) {
        const made = make(want);
        if (node) parent.replaceChild(made, node);
        else parent.appendChild(made);
        node = made;
      }
      if (typeof want === "object") {
        dress(node, want.attrs);
        patch(node, want.children);
      } else if (node.data !== String(want)) node.data = String(want);
    });
    while (parent.childNodes.length > children.length) parent.removeChild(parent.lastChild);
    if (tops?.size) slide(parent, tops);
  });

  const SHAPE = {
    blue: [["M12 3 21 12 12 21 3 12Z", { fill: "none", stroke: "var(--blue)", "stroke-width": 3.6 }]],
    yellow: [["M12 2.5 22.5 21 1.5 21Z", { fill: "var(--yellow)", stroke: "var(--mark-edge)", "stroke-width": 1.4 }]],
    orange: [["M2.5 2.5H21.5V21.5H2.5Z", { fill: "var(--orange)", stroke: "var(--mark-edge)", "stroke-width": 1.2 }]],
    red: [
      ["M7.5 1H16.5L23 7.5V16.5L16.5 23H7.5L1 16.5V7.5Z", { fill: "var(--red)" }],
      ["M10.3 5h3.4v8.6h-3.4zM10.3 15.8h3.4v3.4h-3.4z", { fill: "var(--bang)" }],
    ],
  };

  /** The shape of a level with its word as accessible name; an empty place without a level. */
  lk.mark = (level) => {
    if (!level) return h("span", { class: "lv none" });
    const paths = SHAPE[level].map(([d, attrs]) => h("svg:path", { d, ...attrs }));
    return h("svg:svg", { class: "lv", viewBox: "0 0 24 24", role: "img", "aria-label": lk.levelWord(level) }, paths);
  };

  /** The sign of an outage: a circle with a stroke through it. */
  lk.outageSign = () =>
    h(
      "svg:svg",
      { class: "ico", viewBox: "0 0 24 24", "aria-hidden": "true" },
      h("svg:circle", { cx: 12, cy: 12, r: 9.5, fill: "none", stroke: "currentColor", "stroke-width": 2.4 }),
      h("svg:path", { d: "M6 18L18 6", stroke: "currentColor", "stroke-width": 2.4 }),
    );

  /** 24 hourly values as a line with a dot at now; holes stay holes. `fixed` is the range, `target` a dashed line. */
  lk.spark = (values, { width, height, line, dot, fixed, target }) => {
    const known = values.filter((v) => v !== null);
    if (known.length < 2) return null;
    const low = Math.min(...known, ...(fixed ? [fixed[0]] : []), ...(target === undefined ? [] : [target]));
    const high = Math.max(...known, ...(fixed ? [fixed[1]] : []), ...(target === undefined ? [] : [target]));
    const pad = dot + 1;
    const x = (i) => ((width - pad) * i) / (values.length - 1);
    const y = (v) => pad + (height - 2 * pad) * (high > low ? 1 - (v - low) / (high - low) : 0.5);
    const alone = (i) => (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;
    const step = (v, i) => `${(values[i - 1] ?? null) === null ? "M" : "L"}${x(i).toFixed(1)} ${y(v).toFixed(1)}${alone(i) ? "h.1" : ""}`;
    const d = values.map((v, i) => (v === null ? "" : step(v, i))).join("");
    const last = values.findLastIndex((v) => v !== null);
    return h(
      "svg:svg",
      { class: "spark", viewBox: `0 0 ${width} ${height}`, style: `width:${width / 10}rem;height:${height / 10}rem`, "aria-hidden": "true" },
      target === undefined
        ? null
        : h("svg:path", { d: `M0 ${y(target).toFixed(1)}H${width}`, stroke: "var(--line-strong)", "stroke-width": line * 0.8, "stroke-dasharray": `${line * 2} ${line * 2}` }),
      h("svg:path", { d, fill: "none", stroke: "var(--text-3)", "stroke-width": line, "stroke-linejoin": "round", "stroke-linecap": "round" }),
      h("svg:circle", { cx: x(last).toFixed(1), cy: y(values[last]).toFixed(1), r: dot, fill: "var(--text)" }),
    );
  };

  const measuring = document.createElement("canvas").getContext("2d");
  /** Width of `text` in rem at `size` rem. */
  lk.textWidth = (text, size, bold) => {
    measuring.font = `${bold ? 700 : 400} 100px ${getComputedStyle(document.documentElement).fontFamily}`;
    return (measuring.measureText(text).width / 100) * size;
  };
})();
