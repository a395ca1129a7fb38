// The pages, as small as pages can be. Whatever comes from outside is escaped.

const escape = (text) =>
    String(text).replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

function page(title, body) {
    return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)}</title><h1>${escape(title)}</h1>${body}`;
}

function form(action, formToken, fields, button) {
    const token = formToken === undefined ? '' : `<input type="hidden" name="form" value="${escape(formToken)}">`;
    return `<form method="post" action="${action}">${token}${fields}<button>${escape(button)}</button></form>`;
}

const said = (message) => (message === undefined ? '' : `<p role="alert">${escape(message)}</p>`);

const codeField =
    '<label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus></label>';

export const login = (message) =>
    page(
        'Sign in',
        said(message) +
            form(
                '/login',
                undefined,
                '<label>Name <input name="name" autocomplete="username" required></label>' +
                    '<label>Password <input name="password" type="password" autocomplete="current-password" required></label>',
                'Sign in',
            ),
    );

export const code = ({ formToken, backupCodesLeft }, message) =>
    page(
        'Enter your code',
        `${said(message)}<p>The code of your app, or one of your ${escape(backupCodesLeft)} backup codes.</p>` +
            form(
                '/code',
                formToken,
                `${codeField}<label><input type="checkbox" name="remember" value="yes"> Remember this device</label>`,
                'Verify',
            ),
    );

export const setup = ({ formToken }, pending, message) =>
    page(
        'Set up your app',
        `${said(message)}<div>${pending.qrSvg ?? ''}</div><p>Or type this key: <code>${escape(pending.key)}</code></p>` +
            form('/setup', formToken, codeField, 'Confirm'),
    );

export const backupCodes = ({ formToken }, codes) =>
    page(
        'Keep your backup codes',
        `<p>Each lets you in once, when your phone is gone. They are shown this once.</p><ul>${[...codes]
            .map((one) => `<li><code>${escape(one)}</code></li>`)
            .join('')}</ul>${form('/stored', formToken, '', 'I have stored them')}`,
    );

export const home = (person, { formToken }) =>
    page('Welcome', `<p>You are ${escape(person.name)}.</p>${form('/logout', formToken, '', 'Sign out')}`);

export const problem = (message) => page('Not now', said(message));
