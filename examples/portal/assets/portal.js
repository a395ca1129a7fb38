// The Copy button. Everything else works without a script, so the button stays hidden until this one runs.
"use strict";

const button = document.querySelector("[data-copy]");
if (button && navigator.clipboard) {
  const said = document.getElementById("copied");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const codes = Array.from(document.querySelectorAll(button.dataset.copy), (code) => code.textContent);
    try {
      await navigator.clipboard.writeText(codes.join("\n") + "\n");
      said.textContent = "Copied.";
    } catch {
      said.textContent = "The browser did not allow copying. Please use Download.";
    }
  });
}
