// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { signIn } from '../api';

/** Ask for a token. It stays in this tab, and goes nowhere but to the server. */
export function SignIn(props: { why: string; onIn: () => void }): JSX.Element {
  const [error, setError] = useState(props.why);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await signIn(String(form.get('token')).trim());
      props.onIn();
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  return (
    <form class="signin" onSubmit={submit}>
      <h1>SceneBox</h1>
      <label>
        Token
        <input name="token" type="password" autocomplete="off" required autofocus />
      </label>
      <p class="quiet">
        The first one is in the file <code>token</code> of the server’s folder; an administrator makes more
        (<code>add_user</code>).
      </p>
      {error && <p class="error" role="alert">{error}</p>}
      <button>Sign in</button>
    </form>
  );
}
