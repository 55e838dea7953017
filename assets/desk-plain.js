/* Parts of a page that come as HTML text (dashboard/components/markup.py), in `data-html` or in an answer: put in their
   place, and their links followed within the page as Dash's own are. The text is made by the server of escaped parts only. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {});
  const FILLED = "[data-html]";

  const fill = (place, text) => {
    if (place.lkHtml === text) return;
    place.lkHtml = text;
    place.innerHTML = text;
    place.dispatchEvent(new CustomEvent("lightkeeper-filled", { bubbles: true }));
  };
  /** Puts `text` into the place with this id, where the page has one. */
  lk.put = (id, text) => {
    const place = document.getElementById(id);
    if (place) fill(place, text);
  };
  const look = (changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") fill(target, target.dataset.html);
      for (const node of addedNodes) {
        for (const place of node.matches?.(FILLED) ? [node] : (node.querySelectorAll?.(FILLED) ?? [])) if (place.dataset.html) fill(place, place.dataset.html);
      }
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    const all = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-html"] };
    new MutationObserver(look).observe(document.body, all);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(`${FILLED} a[data-link]`);
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.origin !== location.origin) return;
    event.preventDefault();
    if (link.pathname === location.pathname && !link.hash) {
      lk.go(link.search);
      return;
    }
    history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // as dcc.Link does; Dash has no public way to another page
    if (link.pathname !== location.pathname) window.scrollTo(0, 0);
  });
})();
