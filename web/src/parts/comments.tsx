// SPDX-License-Identifier: Apache-2.0
// What people say about an asset, or about a stretch of a session.

import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../api';
import { iso, list, ms, outline } from '../data';
import { finished } from '../job';
import { Shown, useLoad } from '../load';
import { duration, moment, value } from './words';

const LONGEST = 10_000;
const MOST_STRETCHES = 4096;
const STRETCH_S = 1;

interface Comment {
  comment?: unknown;
  user?: unknown;
  timestamp?: unknown;
}

/** The comments of an asset, and a field for another one. */
export function Comments({ type, id }: { type: string; id: string }): JSX.Element {
  const [round, setRound] = useState(0);
  const comments = useLoad(`${type} ${id} ${round}`, () => fetchComments(type, id));
  const add = async (comment: string) => {
    await call('POST', `/v1/${type}/comments/`, { ids: [id], comment });
    setRound(round + 1);
  };
  return (
    <section class="comments" aria-label="Comments">
      <h2>Comments</h2>
      <Shown of={comments}>
        {(found) => <ul>{found.map(line)}</ul>}
      </Shown>
      <Form onAdd={add} />
    </section>
  );
}

async function fetchComments(type: string, id: string): Promise<Comment[]> {
  const all = await call<Record<string, Comment[]>>('POST', `/v1/${type}/get_comments`, { ids: [id] });
  return list<Comment>(all[id]).filter((one) => typeof one === 'object' && one !== null);
}

const line = ({ comment, user, timestamp }: Comment): JSX.Element => (
  <li>{value(comment)} <span class="quiet">{value(user)}, {moment(timestamp)} UTC</span></li>
);

interface StretchProps {
  uid: string;
  at: number;
  start: number;
  onSeek: (time: number) => void;
  onChange: () => void;
}

interface Stretch {
  first: number;
  last: number;
  texts: string[];
  users: string[];
}

/** What is said about a session and stretches of its timeline, and a field to say something at the cursor. */
export function StretchComments({ uid, at, start, onSeek, onChange }: StretchProps): JSX.Element {
  const [round, setRound] = useState(0);
  const [length_s, setLength] = useState(STRETCH_S);
  const comments = useLoad(`${uid} ${round}`, () =>
    Promise.all([fetchComments('sessions', uid), fetchStretches(uid)]));
  const add = async (text: string, tell: (said: string) => void) => {
    const interval = { start_time: iso(at), end_time: iso(at + length_s * 1000) };
    const { job_id } = await call<{ job_id: string }>(
      'POST', `/v1/sessions/${encodeURIComponent(uid)}/comments`, { texts: [text], intervals: [interval] });
    await finished(job_id, tell);
    setRound(round + 1);
    onChange();
  };
  return (
    <section class="comments" aria-label="Comments">
      <h2>Comments</h2>
      <Shown of={comments}>
        {([ofAll, stretches]) => <ul>{ofAll.map(line)}{stretches.map(({ first, last, texts, users }) => (
          <li>
            <button class="link" onClick={() => onSeek(first)}>{duration(first - start)} – {duration(last - start)}</button>
            {' '}{texts.join(' · ')} <span class="quiet">{users.join(', ')}</span>
          </li>
        ))}</ul>}
      </Shown>
      <Form onAdd={add}>
        <label class="short">
          Seconds from the cursor
          <input type="number" min={0.001} step="any" required value={length_s} onInput={({ currentTarget }) => setLength(currentTarget.valueAsNumber)} />
        </label>
      </Form>
    </section>
  );
}

/** Stretches with the same comments, as the cells of the timeline have them. */
async function fetchStretches(uid: string): Promise<Stretch[]> {
  const { timestamp, resolution_s, states } = await outline(uid, ['comment', 'commentator'], MOST_STRETCHES);
  const begin = ms(timestamp[0]);
  const said = states['commentator']?.runs ?? [];
  return (states['comment']?.runs ?? []).map(([first, last, texts]) => ({
    first: begin + first * resolution_s * 1000,
    last: begin + (last + 1) * resolution_s * 1000,
    texts: list(texts).map(value),
    users: [...new Set(said.filter((one) => one[0] <= last && first <= one[1]).flatMap((one) => list(one[2]).map(value)))],
  }));
}

interface FormProps {
  onAdd: (text: string, tell: (said: string) => void) => Promise<void>;
  children?: ComponentChildren;
}

function Form({ onAdd, children }: FormProps): JSX.Element {
  const [said, setSaid] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setBusy(true);
    setSaid('');
    try {
      await onAdd(String(new FormData(form).get('comment')).trim(), setSaid);
      form.reset();
      setSaid('');
    } catch (error) {
      setSaid((error as Error).message);
    }
    setBusy(false);
  };
  return (
    <form onSubmit={submit}>
      <label>Comment <input name="comment" required pattern=".*\S.*" maxLength={LONGEST} autocomplete="off" /></label>
      {children}
      <button disabled={isBusy}>Add</button>
      <output>{said}</output>
    </form>
  );
}
