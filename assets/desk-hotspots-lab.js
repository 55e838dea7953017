/* The lab of hotspots: its form follows the address, and sending it moves the page to another address. */
(() => {
  if (document.documentElement.dataset.kind !== "desk") return;
  const lk = (window.lightkeeper ??= {}); // its other files may load after this one
  const KEPT = ["lang", "theme"];
  const AGAIN_MS = 3000; // between two tries while somebody else's look is taken
  let again = 0;
  const form = () => document.getElementById("lab-form");
  const sent = () => {
    const wrote = [...new FormData(form())].filter(([, value]) => value !== "");
    const here = new URLSearchParams(location.search);
    const kept = KEPT.flatMap((word) => (here.get(word) ? [[word, here.get(word)]] : []));
    return new URLSearchParams([...wrote, ...kept]).toString();
  };
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    lk.go(`?${sent()}`);
  });
  const follow = () => {
    if (!form()) return;
    const asked = new URLSearchParams(location.search);
    for (const field of form().querySelectorAll("[name]:not([type=hidden])")) {
      if (field.type === "checkbox") field.checked = asked.getAll(field.name).includes(field.value);
      else field.value = asked.get(field.name) ?? "";
    }
  };
  document.addEventListener("lightkeeper-address", follow);
  document.addEventListener("lightkeeper-filled", ({ target }) => target.id === "lab-fields" && follow());

  lk.pages ??= {};
  lk.pages["/answer/hotspots-lab"] = {
    shown: (answer) => {
      document.getElementById("lab-beside").hidden = answer.empty;
      if (answer.at) form().elements.at.value = answer.at; // as the site reads a time that came with an offset
      clearTimeout(again);
      if (answer.busy) again = setTimeout(() => form() && document.dispatchEvent(new Event("lightkeeper-beat")), AGAIN_MS);
    },
  };
})();
