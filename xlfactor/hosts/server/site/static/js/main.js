// The task pane: search, copy, and the access token where the server wants one.
const search = document.getElementById("search");

search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of document.querySelectorAll("details")) {
    const text = one.textContent.toLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
  }
  for (const stage of document.querySelectorAll("section"))
    stage.hidden = !stage.querySelector("details:not([hidden])");
  document.getElementById("none").hidden = document.querySelector("details:not([hidden])") !== null;
});

document.addEventListener("click", async ({ target }) => {
  if (!target.matches("button.copy")) return;
  const formula = target.previousElementSibling;
  try {
    await navigator.clipboard.writeText(formula.textContent);
    target.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(formula); // Excel gives the pane no clipboard: ready for Ctrl+C
    target.textContent = "Selected";
  }
  setTimeout(() => (target.textContent = "Copy"), 2000);
});

document.getElementById("token").addEventListener("submit", (event) => {
  event.preventDefault();
  localStorage.setItem("xlfactorToken", document.getElementById("token-text").value.trim());
  event.target.querySelector("output").textContent = "Kept on this computer.";
});
