// Sent with every call where the server wants an access token; the task pane keeps it on this computer.
globalThis.getAuth = async () => ({ token: localStorage.getItem("xlfactorToken") ?? "", provider: "" });
