// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { HELP } from '../query';

/** A field for the search language; asks when Enter is pressed. */
export function SearchField(props: { value: string; onSearch: (text: string) => void }): JSX.Element {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    props.onSearch(String(form.get('q')).trim());
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <input key={props.value} name="q" type="search" defaultValue={props.value} placeholder={HELP} aria-label="Search" />
      <button>Search</button>
    </form>
  );
}
