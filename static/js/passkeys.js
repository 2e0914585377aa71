// Passkeys: between our forms and the browser. A form with data-passkey holds a hidden "credential"; data-passkey-options
// is the riddle that the browser solves, or for data-passkey="sign-in" it is asked for at the form's address.
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const ids = (list) => (list || []).map((each) => ({ ...each, id: toBytes(each.id) }));

  const plain = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    };
  };

  const make = async (options) => {
    const wanted = options.publicKey;
    return navigator.credentials.create({
      publicKey: {
        ...wanted,
        challenge: toBytes(wanted.challenge),
        user: { ...wanted.user, id: toBytes(wanted.user.id) },
        excludeCredentials: ids(wanted.excludeCredentials),
        // Kept on the device and behind its lock, so that it signs in by itself as well.
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      },
    });
  };
  const ask = async (options) => {
    const wanted = options.publicKey;
    return navigator.credentials.get({
      publicKey: {
        ...wanted,
        challenge: toBytes(wanted.challenge),
        allowCredentials: ids(wanted.allowCredentials),
      },
    });
  };

  const optionsOf = async (form) => {
    if (form.dataset.passkeyOptions) return JSON.parse(form.dataset.passkeyOptions);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return (await answer.json()).request_options;
  };

  const told = (error) => {
    if (error.name === "NotAllowedError") return "Nothing was chosen, or it took too long. Try again.";
    if (error.name === "InvalidStateError") return "This device has a passkey for you already.";
    return `This did not work: ${error.message}`;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    const problem = form.querySelector("[data-passkey-error]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.hidden = true;
      try {
        const options = await optionsOf(form);
        const credential = form.dataset.passkey === "make" ? await make(options) : await ask(options);
        form.elements.credential.value = JSON.stringify(plain(credential));
        form.submit();
      } catch (error) {
        problem.textContent = told(error);
        problem.hidden = false;
      }
    });
  }
})();
