// Keeps the language chosen in the address, as ?lang=en. The switch itself works without this.
const root = document.documentElement;
const first = root.lang;
const asked = new URLSearchParams(location.search).get("lang");
const choices = [...document.querySelectorAll(".switch input")];
const wanted = asked && (choices.find((choice) => choice.value === asked)
  ?? choices.find((choice) => choice.value.split("-")[0] === asked.split("-")[0]));
for (const choice of choices) {
  const chosen = () => { root.lang = choice.value || first; };
  choice.addEventListener("change", () => {
    chosen();
    const address = new URL(location);
    if (choice.value) address.searchParams.set("lang", choice.value);
    else address.searchParams.delete("lang");
    history.replaceState(null, "", address);
  });
  if (choice === wanted) {
    choice.checked = true;
    chosen();
  }
}
