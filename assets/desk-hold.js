/* What the reader holds while a page is drawn anew: the open definition card and the focus. A beat has Dash replace the
   nodes of a figure or a list, and a card or a focus that vanished every few seconds would be of no use to anybody. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const EDGE = 8; // px that stay free between a card and the window's edge
  const cardOf = (button) => document.getElementById(button.getAttribute("aria-controls"));
  const openButton = () => document.querySelector('.i[aria-expanded="true"]');

  // ---- a card under its ? button; Escape, a click elsewhere or another card closes it -----------------------------
  const keepInside = (card) => {
    card.style.marginLeft = "";
    const box = card.getBoundingClientRect();
    const over = Math.max(0, box.right - (document.documentElement.clientWidth - EDGE));
    const shift = Math.max(EDGE - box.left, -over); // a card wider than the window starts at its left edge
    if (shift > 0 || over > 0) card.style.marginLeft = `${shift}px`;
  };
  let held = null; // aria-controls of the open card's button
  const turn = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    cardOf(button).hidden = !open;
    held = open ? button.getAttribute("aria-controls") : null;
    if (open) keepInside(cardOf(button));
  };
  const hold = () => {
    const open = openButton(); // what stands before it may have grown since
    if (open) keepInside(cardOf(open));
  };
  setInterval(hold, 1000);
  window.addEventListener("resize", hold);
  document.addEventListener("click", (event) => {
    const [pressed, open] = [event.target.closest?.(".i[aria-controls]"), openButton()];
    if (open && (pressed || !event.target.closest?.(".pop") || event.target.closest("a"))) turn(open, false);
    if (pressed && pressed !== open) {
      turn(pressed, true);
      cardOf(pressed).scrollIntoView({ block: "nearest" });
    }
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" ? openButton() : null;
    if (!open) return;
    turn(open, false);
    open.focus();
  });

  // ---- focus ------------------------------------------------------------------------------------------------------------
  const quoted = (text) => JSON.stringify(text);
  /** How to find `node`, or the one drawn in its place. */
  const addressOf = (node) => {
    if (node.id) return `[id=${quoted(node.id)}]`;
    const place = node.closest("[id]");
    const within = place ? `[id=${quoted(place.id)}] ` : "";
    for (const name of ["aria-controls", "href"]) {
      if (node.hasAttribute(name)) return `${within}[${name}=${quoted(node.getAttribute(name))}]`;
    }
    return null;
  };
  let focus = null; // {node, address} of what had it last
  document.addEventListener("focusin", ({ target }) => (focus = { node: target, address: addressOf(target) }));
  document.addEventListener("pointerdown", ({ target }) => {
    if (focus && !focus.node.contains(target)) focus = null;
  });

  const restore = () => {
    const button = held && document.querySelector(`.i[aria-controls=${quoted(held)}]`);
    if (button && button.getAttribute("aria-expanded") !== "true") turn(button, true);
    if (!focus?.address || focus.node.isConnected || document.activeElement !== document.body) return;
    document.querySelector(focus.address)?.focus({ preventScroll: true });
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(restore).observe(document.body, { childList: true, subtree: true });
  });
})();
