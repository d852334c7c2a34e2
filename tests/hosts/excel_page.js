// A stand-in for what Excel puts into an add-in's page: enough for custom functions and one custom script.
// Non-writable, so that the page's own office.js does not replace it.
if (location.protocol.startsWith("http") && !globalThis.excelCalls) {
  const functions = new Map();
  const calls = []; // what a script did to the workbook
  class FunctionError extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }
  // Whatever the page asks of the object model beyond what is named here is empty.
  const nothing = (known = {}) =>
    new Proxy(() => {}, {
      get: (_, name) => {
        if (name in known) return known[name];
        if (name === "then") return undefined;
        if (name === "items") return [];
        if (name === "isNullObject") return true;
        if (name === "toJSON") return () => null;
        if (name === Symbol.toPrimitive) return () => "";
        return nothing();
      },
      apply: () => nothing(),
    });
  const loaded = (values) => nothing({ ...values, load: () => loaded(values) });
  const sheets = ["Returns", "Risk"].map((name, position) =>
    nothing({
      name, position, visibility: "Visible", showGridlines: true, isNullObject: false,
      activate: () => calls.push(["activate", name]),
      getRange: () => loaded({ values: [[1.5]], numberFormat: [["General"]], address: `${name}!A1` }),
    }),
  );
  const workbook = nothing({
    name: "Book1.xlsx",
    load() {},
    application: nothing({
      load: () => ({ calculationMode: "Automatic" }),
      calculate: (kind) => calls.push(["calculate", kind]),
      cultureInfo: { load() {}, name: "en-US", datetimeFormat: { load() {}, shortDatePattern: "m/d/yyyy" } },
    }),
    worksheets: nothing({
      load() {},
      items: sheets,
      getItem: (name) => sheets.find((sheet) => sheet.name === name),
      getActiveWorksheet: () => loaded({ position: 0, name: "Returns" }),
    }),
    getSelectedRange: () => loaded({ address: "Returns!A1" }),
  });
  const context = { workbook, application: workbook.application, sync: async () => {} };
  const supported = { CustomFunctionsRuntime: 1.4, ExcelApi: 1.17, SharedRuntime: 1.1 };
  const host = {
    CustomFunctions: {
      associate: (id, f) => functions.set(id, f),
      Error: FunctionError,
      ErrorCode: { invalidValue: "#VALUE!", notAvailable: "#N/A" },
    },
    Office: {
      onReady: async (done) => {
        done?.({ host: "Excel", platform: "OfficeOnline" });
        return { host: "Excel", platform: "OfficeOnline" };
      },
      context: {
        requirements: { isSetSupported: (set, version) => (supported[set] ?? 0) >= Number(version ?? 0) },
        document: { settings: { get() {}, set() {}, saveAsync() {} } },
      },
      actions: { associate() {} },
      Promise,
      HostType: { Excel: "Excel" },
      addin: {},
    },
    Excel: {
      RequestContext: class {
        constructor() {
          Object.assign(this, context);
        }
      },
      run: async (f) => f(context),
      CalculationType: { full: "Full" },
      ShapeType: { image: "Image" },
    },
    excelCalls: calls,
    excelFunctions: () => [...functions.keys()],
    // What Excel does for =NAME(…): a range is a matrix, a blank cell "", an argument left out null.
    excelFormula: async (name, ...values) => {
      try {
        const invocation = { address: "Sheet1!A1", parameterAddresses: [], functionName: name };
        return { value: await functions.get(name)(...values, invocation) };
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        return { error: error.code, hover: error.message };
      }
    },
  };
  [host.CustomFunctions, host.Office, host.Excel].forEach(Object.freeze); // office.js writes into them otherwise
  for (const [name, value] of Object.entries(host))
    Object.defineProperty(globalThis, name, { value, writable: false, configurable: false });
}
