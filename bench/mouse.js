/* What a wall must not have, because nobody touches it: things to scroll, and things that only a mouse would show. Gives
   [kind, what, where]. */
() => {
  const faults = [];
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const where = (node) => node.localName + (node.id ? `#${node.id}` : "") + [...node.classList].map((c) => `.${c}`).join("");
  const fault = (kind, what, node) => faults.push([kind, what, where(node)]);

  const scrolled = () => {
    const root = document.documentElement;
    for (const node of [root, document.body, ...document.body.querySelectorAll("*")]) {
      const { overflowX, overflowY } = getComputedStyle(node);
      const page = node === root;
      const can = [page ? overflowY !== "hidden" && overflowY !== "clip" : /auto|scroll/.test(overflowY), page ? overflowX !== "hidden" && overflowX !== "clip" : /auto|scroll/.test(overflowX)];
      const more = [node.scrollHeight > node.clientHeight + 1, node.scrollWidth > node.clientWidth + 1];
      const bar = !page && (overflowX === "scroll" || overflowY === "scroll") && seen(node);
      if ((can[0] && more[0]) || (can[1] && more[1]) || bar) fault("scrolled", node.textContent.trim().slice(0, 40), node);
    }
  };

  const REVEALING = ["display", "visibility", "opacity", "content", "clip-path", "height", "max-height", "width", "max-width"];
  /** Selectors of rules with :hover that can match something on this page, with the rules they are nested in. */
  const hoverRules = (rules, outer) =>
    [...rules].flatMap((rule) => {
      if (!rule.selectorText) return rule.cssRules ? hoverRules(rule.cssRules, outer) : [];
      const parts = rule.selectorText.replaceAll("&", outer ? `:is(${outer})` : ":root");
      const own = !outer || rule.selectorText.includes("&") ? parts : `:is(${outer}) :is(${parts})`;
      return [...(/:hover/.test(rule.selectorText) && REVEALING.some((name) => rule.style.getPropertyValue(name)) ? [own] : []), ...hoverRules(rule.cssRules ?? [], own)];
    });
  const hovering = () => {
    for (const node of document.body.querySelectorAll("[title], svg title, [data-tooltip], [role=tooltip]")) {
      const said = node.getAttribute("title") || node.dataset?.tooltip || node.textContent.trim();
      if (said && (seen(node) || node.localName === "title" || node.role === "tooltip")) fault("hover", said, node);
    }
    for (const graph of document.querySelectorAll(".js-plotly-plot")) if (graph._context && !graph._context.staticPlot) fault("hover", "a chart that answers the mouse", graph);
    for (const sheet of document.styleSheets) {
      for (const selector of hoverRules(sheet.cssRules, "")) {
        const hit = document.body.querySelector(selector.replaceAll(":hover", ""));
        if (hit && seen(hit.parentElement)) fault("hover", selector, hit);
      }
    }
  };

  scrolled();
  hovering();
  return faults;
}
