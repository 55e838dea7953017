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

  // ---- scripts that other pages need and this one does not: read when it is drawn, or when one goes to another page ----
  let later = null;
  const others = () => {
    const { later: sources } = JSON.parse(document.getElementById("lightkeeper-page").textContent);
    later ??= Promise.all(
      sources.map((src) => new Promise((done) => document.head.append(Object.assign(document.createElement("script"), { src, onload: done, onerror: done })))),
    );
    return later;
  };
  window.addEventListener("load", () => setTimeout(others, 4000));

  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.(`${FILLED} a[data-link]`);
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.origin !== location.origin) return;
    event.preventDefault();
    if (link.pathname === location.pathname && !link.hash) {
      lk.go(link.search);
      return;
    }
    const stays = link.pathname === location.pathname;
    await others();
    history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // as dcc.Link does; Dash has no public way to another page
    if (!stays) window.scrollTo(0, 0);
  });
})();
