// SPDX-License-Identifier: Apache-2.0

import type { JSX } from 'preact';
import { href, useAddress } from '../address';
import { document_, documents, list, type Doc } from '../data';
import { Shown, useLoad } from '../load';
import { Facts } from '../parts/facts';
import { moment } from '../parts/words';

const MOST = 200;

interface Stage {
  set_id: string;
  stage: number;
}

interface ProjectDoc extends Doc {
  set_stages?: Stage[];
}

export function ProjectsPage(): JSX.Element {
  const id = useAddress().query.get('project');
  return id ? <One key={id} id={id} /> : <All />;
}

function All(): JSX.Element {
  const projects = useLoad('projects', () =>
    documents<ProjectDoc>('projects', {}, { size: MOST, sort: 'timestamp', order: 'desc' }));
  return (
    <>
      <h1>Projects</h1>
      <Shown of={projects}>
        {(found) => found.length === 0 ? <p class="quiet">No project. <code>create_project</code> of the client makes one.</p> : (
          <div class="wide"><table>
            <thead><tr><th>Name</th><th class="number">Sets</th><th>Made (UTC)</th></tr></thead>
            <tbody>
              {found.map((one) => (
                <tr>
                  <td><a href={href('projects', { project: one.id })}>{one.name || one.id}</a></td>
                  <td class="number">{list(one.set_stages).length}</td>
                  <td>{moment(one.timestamp)}</td>
                </tr>
              ))}
            </tbody>
          </table></div>
        )}
      </Shown>
    </>
  );
}

function One({ id }: { id: string }): JSX.Element {
  const project = useLoad(id, async () => (await document_('projects', id)) as ProjectDoc);
  return (
    <Shown of={project}>
      {(found) => (
        <>
          <h1>{found.name || found.id}</h1>
          <div class="wide"><table>
            <thead><tr><th class="number">Stage</th><th>Set</th></tr></thead>
            <tbody>
              {list<Stage>(found.set_stages).map(({ set_id, stage }) => (
                <tr><td class="number">{stage}</td><td><a href={href('sets', { set: set_id })}>{set_id}</a></td></tr>
              ))}
            </tbody>
          </table></div>
          <Facts of={found} />
        </>
      )}
    </Shown>
  );
}
