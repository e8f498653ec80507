// Makes the browser's half of the dashboard Danish, whatever language the browser itself speaks: numbers and dates
// by the language it is told, and the words that Streamlit has no setting for by this dictionary. On the way it mends
// what Streamlit leaves out for those who listen to the page or use it without a mouse.
(() => {
  Object.defineProperty(navigator, "language", { get: () => "da-DK" });
  Object.defineProperty(navigator, "languages", { get: () => ["da-DK", "da"] });

  const words = {
    "Skip to main content": "Gå til indholdet",
    "Navigate to home page": "Gå til forsiden",
    "App pages": "Sider",
    "Expand sidebar": "Åbn menuen",
    "Collapse sidebar": "Luk menuen",
    "Open sidebar": "Åbn menuen",
    "Close sidebar": "Luk menuen",
    "Main menu": "Menu",
    "Sidebar": "Menu",
    "Notifications": "Meddelelser",
    "Open": "Åbn",
    "Rerun": "Genindlæs",
    "Print": "Udskriv",
    "Running...": "Arbejder …",
    "Stop": "Stop",
    "Choose an option": "Vælg",
    "Choose options": "Vælg",
    "Select...": "Vælg",
    "Select all": "Vælg alle",
    "Selected values": "Valgte",
    "No results": "Ingen fundet",
    "No options to select": "Ingen at vælge",
    "Clear all": "Ryd alle",
    "Clear value": "Ryd",
    "Clear selection": "Ryd valget",
    "Clear date": "Ryd datoen",
    "Clear dates": "Ryd datoerne",
    "Choose date": "Vælg dato",
    "Choose date range": "Vælg periode",
    "Date range": "Periode",
    "Quick select a date range": "Vælg en periode",
    "Use arrow keys to navigate dates. Enter to select. Escape to close.":
      "Brug piletasterne til at skifte dato, Enter til at vælge og Escape til at lukke.",
    "None": "Ingen",
    "Past Week": "Seneste uge",
    "Past Month": "Seneste måned",
    "Past 3 Months": "Seneste 3 måneder",
    "Past 6 Months": "Seneste 6 måneder",
    "Past Year": "Seneste år",
    "Past 2 Years": "Seneste 2 år",
    "Previous month": "Forrige måned",
    "Next month": "Næste måned",
    "Press Enter to apply": "Tryk Enter for at anvende",
    "Press Enter to submit form": "Tryk Enter for at sende",
    "Fullscreen": "Fuld skærm",
    "Close fullscreen": "Luk fuld skærm",
    "Exit fullscreen": "Luk fuld skærm",
    "Show data": "Vis data",
    "Show chart": "Vis graf",
    "Download as PNG": "Hent som billede",
    "Show/hide columns": "Vis eller skjul kolonner",
    "Search": "Søg",
    "Previous Result": "Forrige",
    "Next Result": "Næste",
    "Close Search": "Luk søgning",
    "Dataframe column menu": "Kolonnens menu",
    "Copy column name": "Kopiér kolonnens navn",
    "Sort ascending": "Sortér stigende",
    "Sort descending": "Sortér faldende",
    "Format": "Format",
    "Autosize": "Tilpas bredden",
    "Pin column": "Lås kolonnen",
    "Unpin column": "Lås kolonnen op",
    "Hide column": "Skjul kolonnen",
    "Statistics": "Statistik",
    "Error": "Fejl",
    "visualization": "graf",
    "empty": "tom",
    "Copy": "Kopiér",
    "Copied": "Kopieret",
    "Copy to clipboard": "Kopiér",
    "Close": "Luk",
    "Link to heading": "Link til overskriften",
    "Page not found": "Siden findes ikke",
    "You have requested page": "Du har bedt om siden",
    "Connecting...": "Opretter forbindelse …",
    "Connection error": "Ingen forbindelse",
    "Connection timed out.": "Forbindelsen svarer ikke.",
    "Streamlit server is not responding. Are you connected to the internet?":
      "Serveren svarer ikke. Har du forbindelse til netværket?",
    "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:":
      "Serveren svarer ikke. Prøv igen om lidt, eller tal med driften.",
    "Previous page": "Forrige side",
    "Next page": "Næste side",
    "Pagination": "Sider",
    "Unknown error": "Ukendt fejl",
    "Something went wrong": "Noget gik galt",
    "Failed to generate file for download": "Filen blev ikke lavet. Genindlæs siden, og prøv igen.",
    "Deferred download not properly configured": "Filen blev ikke lavet. Genindlæs siden, og prøv igen.",
    "Download failed": "Filen kunne ikke hentes",
  };
  const patterns = [
    [/^The page that you have requested does not seem to exist\. Running the app's main page\.$/,
      "Siden findes ikke. Forsiden vises i stedet."],
    [/^Error(: Date set .+)$/, "Fejl$1"],
    [/^(Fejl|): Date set outside allowed range\. Please select a date between (\S+) and (\S+)\.$/,
      "$1: Datoen kan ikke vælges. Vælg en dato fra $2 til $3."],
    [/^(Fejl|): Date set outside allowed range\. Please select a date on or before (\S+)\.$/,
      "$1: Datoen kan ikke vælges. Vælg en dato til og med $2."],
    [/^(Fejl|): Date set outside allowed range\. Please select a date on or after (\S+)\.$/,
      "$1: Datoen kan ikke vælges. Vælg en dato fra og med $2."],
    [/^(.+) start date$/, "$1, første dag"],
    [/^(.+) end date$/, "$1, sidste dag"],
    [/^(\d+) more$/, "$1 flere"],
    [/^Selected (.+)\. (.+)$/, "Valgt: $1. $2"],
    [/^Help for (.+)$/, "Hjælp til $1"],
    [/^Choose date, (.+)$/, "Vælg dato: $1"],
    [/^day, (.+)$/, "dag, $1"],
    [/^month, (.+)$/, "måned, $1"],
    [/^year, (.+)$/, "år, $1"],
  ];
  const attributes = ["aria-label", "aria-roledescription", "title", "placeholder", "alt"];

  const danish = (text) => {
    const bare = text.trim();
    if (Object.hasOwn(words, bare)) return text.replace(bare, words[bare]);
    for (const [pattern, replacement] of patterns)
      if (pattern.test(bare)) return bare.replace(pattern, replacement);
    return text;
  };
  // a tool is called by its word and what it works on: "Search: Sagens hændelser"
  const label = (text) => {
    const tool = text.split(": ", 1)[0];
    return tool !== text && Object.hasOwn(words, tool) ? words[tool] + text.slice(tool.length) : danish(text);
  };
  const named = (place, role, name) => {
    place.setAttribute("role", role);
    place.setAttribute("aria-label", name);
  };
  const mends = {
    // a picture is read as one image with its text, not as dots without names
    "[data-testid=stVegaLiteChart][role=graphics-document]": (chart) => chart.setAttribute("role", "img"),
    "[data-testid=stVegaLiteChart] > svg": (drawn) => drawn.setAttribute("aria-hidden", "true"),
    // the telephone's menu is a list with sections in it, which no list may have: it is read as links
    "[data-testid=stSidebarNavItems]:not([role]), [data-testid=stSidebarNavItems] li:not([role])":
      (part) => part.setAttribute("role", "none"),
    // an opened menu is drawn outside the bar it belongs to
    "[data-testid=stTopNavPopoverBody]:not([role])": (place) => named(place, "navigation", "Sider i menuen"),
    // what is larger than its place is scrolled with the arrow keys
    "[data-testid=stVerticalBlock][overflow=auto]:not([role])": (place) => {
      named(place, "group", "Liste");
      place.setAttribute("tabindex", "0");
    },
    "[data-testid=stTable] > div:not([role])": (place) => {
      named(place, "group", "Tabel");
      new ResizeObserver(() => place.scrollWidth > place.clientWidth
        ? place.setAttribute("tabindex", "0") : place.removeAttribute("tabindex")).observe(place);
    },
  };
  const mend = (node) => {
    for (const [place, repair] of Object.entries(mends)) {
      if (node.matches(place)) repair(node);
      node.querySelectorAll(place).forEach(repair);
    }
  };
  const speak = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const said = danish(node.nodeValue);
      if (said !== node.nodeValue) node.nodeValue = said;
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      for (const name of attributes) {
        const value = node.getAttribute(name);
        if (value && label(value) !== value) node.setAttribute(name, label(value));
      }
      node.childNodes.forEach(speak);
    }
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList")
        change.addedNodes.forEach((node) => {
          speak(node);
          if (node.nodeType === Node.ELEMENT_NODE) mend(node);
        });
      else if (change.attributeName === "role") mend(change.target);
      else speak(change.target);
    }
  }).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: [...attributes, "role"],
  });
})();
