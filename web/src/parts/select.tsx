// SPDX-License-Identifier: Apache-2.0
// What can be done to assets that were chosen in a grid: tags, and sets that they are in.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api';
import { count, documents, summary, type AssetType, type Doc, type Query } from '../data';
import { finished } from '../job';
import { useLoad } from '../load';

const MOST = 500;

interface ChosenProps {
  type: AssetType;
  ids: string[];
  /** What else may be chosen as a whole. */
  search?: Query;
  onClear?: () => void;
  onChange: () => void;
}

type Work = (name: string, type: AssetType, chosen: Query) => Promise<string>;

const WORKS: Record<string, Work> = {
  'Add tag': (tag, type, chosen) => retag('add', tag, type, chosen),
  'Remove tag': (tag, type, chosen) => retag('remove', tag, type, chosen),
  'Add to set': async (name, type, chosen) => resize('add', await setNamed(name, type, true), chosen),
  'Remove from set': async (name, type, chosen) => resize('remove', await setNamed(name, type, false), chosen),
};

/** Change the tags and sets of what was chosen; each change is a job of the server. */
export function Chosen({ type, ids, search, onClear, onChange }: ChosenProps): JSX.Element {
  const [work, setWork] = useState('Add tag');
  const [said, setSaid] = useState('');
  const [isAll, setAll] = useState(false);
  const all = useLoad(`${type} ${JSON.stringify(search)}`, async () => search ? count(type, search) : 0);
  const chosen = isAll && search ? search : { filters: [{ field: 'id', values: ids }] };
  const isTag = work.endsWith('tag');
  const names = useLoad(`${type} ${isTag}`, () => isTag ? tagsOf(type) : setNames(type));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get('name')).trim();
    setSaid('…');
    try {
      await finished(await WORKS[work]!(name, type, chosen), setSaid);
      setSaid('');
      onChange();
    } catch (error) {
      setSaid((error as Error).message);
    }
  };
  return (
    <section class={onClear ? 'chosen sticky' : 'chosen'} aria-label="Tags and sets">
      <form onSubmit={submit}>
        {onClear && <strong>{(isAll ? all.value! : ids.length).toLocaleString('en')} chosen</strong>}
        {(all.value ?? 0) > ids.length && (
          <button type="button" aria-pressed={isAll} onClick={() => setAll(!isAll)}>All {all.value!.toLocaleString('en')}</button>
        )}
        <select aria-label="What to do" value={work} onChange={({ currentTarget }) => setWork(currentTarget.value)}>
          {Object.keys(WORKS).map((name) => <option>{name}</option>)}
        </select>
        <input name="name" required pattern=".*\S.*" list="known-names" aria-label={isTag ? 'Tag' : 'Set'} placeholder={isTag ? 'tag' : 'set'} autocomplete="off" />
        <datalist id="known-names">{names.value?.map((name) => <option value={name} />)}</datalist>
        <button disabled={said.endsWith('…')}>Apply</button>
        {onClear && <button type="button" onClick={onClear}>Clear</button>}
        <output>{said}</output>
      </form>
    </section>
  );
}

async function retag(operation: string, tag: string, asset_type: AssetType, search: Query): Promise<string> {
  const [task] = await call<string[]>('POST', `/v1/assets/update_by_query?asset_type=${asset_type}`, {
    operation, update_field: 'tags', update_value: tag, search,
  });
  return task!;
}

async function resize(what: 'add' | 'remove', set: string, search: Query): Promise<string> {
  const path = `/v1/sets/${encodeURIComponent(set)}/${what}_assets_query/`;
  return (await call<{ job_id: string }>('POST', path, search)).job_id;
}

/** The id of the set of this name or id; a new one is made where there is none, if that is wanted. */
async function setNamed(name: string, assets_type: AssetType, isMade: boolean): Promise<string> {
  for (const field of ['id', 'name']) {
    const [known] = await documents('sets', { filters: [
      { field, values: [name] }, { field: 'assets_type', values: [assets_type] }] }, { size: 1 });
    if (known) return known.id;
  }
  if (!isMade) throw new Error(`there is no set ${name} of ${assets_type}`);
  return (await call<{ id: string }>('POST', '/v1/sets/add/', { name, assets_type })).id;
}

const tagsOf = async (type: AssetType): Promise<string[]> =>
  ((await summary(type, ['tags'], {}, MOST)).get('tags') ?? []).map((one) => String(one.key));

const setNames = async (assets_type: AssetType): Promise<string[]> =>
  (await documents<Doc>('sets', { filters: [{ field: 'assets_type', values: [assets_type] }] }, { size: MOST }))
    .map((one) => one.name || one.id);
