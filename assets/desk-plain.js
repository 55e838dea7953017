/* Parts of a page that come as HTML text in `data-html` (dashboard/components/markup.py): put in their place, and their
   links followed within the page as Dash's own are. The text is made by the server of escaped parts only. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const FILLED = "[data-html]";

  const fill = (place) => {
    if (place.lkHtml === place.dataset.html) return;
    place.lkHtml = place.dataset.html;
    place.innerHTML = place.lkHtml;
  };
  const look = (changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") fill(target);
      for (const node of addedNodes) {
        if (node.matches?.(FILLED)) fill(node);
        node.querySelectorAll?.(FILLED).forEach(fill);
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
    const stays = link.pathname === location.pathname;
    history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // as dcc.Link does; Dash has no public way to another page
    if (!stays) window.scrollTo(0, 0);
  });
})();
