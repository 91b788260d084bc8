// SPDX-License-Identifier: Apache-2.0
// The frame around every page: who is signed in, where one can go, and the page itself.

import { render, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { follow, useAddress } from './address';
import { isSignedIn, signOut } from './api';
import { AssetsPage } from './pages/assets';
import { Guard } from './load';
import { JobsPage } from './pages/jobs';
import { MapsPage } from './pages/maps';
import { OverviewPage } from './pages/overview';
import { ProjectsPage } from './pages/projects';
import { SessionPage } from './pages/session';
import { SessionsPage } from './pages/sessions';
import { SetsPage } from './pages/sets';
import { SignIn } from './pages/signin';

const PAGES: Record<string, string> = {
  sessions: 'Sessions',
  images: 'Images',
  videos: 'Videos',
  lidars: 'Lidars',
  objects: 'Objects',
  sets: 'Sets',
  projects: 'Projects',
  embeddings: 'Embeddings',
  jobs: 'Jobs',
  dashboard: 'Overview',
};

function page(name: string, query: URLSearchParams): JSX.Element {
  switch (name) {
    case '':
    case 'sessions': {
      const uid = query.get('session_uid');
      return uid ? <SessionPage key={uid} uid={uid} /> : <SessionsPage />;
    }
    case 'images':
    case 'videos':
    case 'lidars':
    case 'objects':
      return <AssetsPage key={name} type={name} />;
    case 'sets':
      return <SetsPage />;
    case 'projects':
      return <ProjectsPage />;
    case 'embeddings':
      return <MapsPage />;
    case 'jobs':
      return <JobsPage />;
    default:
      return <OverviewPage />;
  }
}

function App(): JSX.Element {
  const { page: name, query } = useAddress();
  const [isIn, setIn] = useState(isSignedIn);
  const [why, setWhy] = useState('');
  useEffect(() => {
    const left = (event: Event) => {
      setWhy((event as CustomEvent<string>).detail);
      setIn(false);
    };
    addEventListener('signed-out', left);
    return () => removeEventListener('signed-out', left);
  }, []);
  const id = query.get('session_uid') ?? query.get(name.slice(0, -1));
  useEffect(() => {
    document.title = [id, PAGES[name] ?? 'Sessions', 'SceneBox'].filter(Boolean).join(' – ');
  }, [name, id]);
  if (!isIn) return <SignIn why={why} onIn={() => setIn(true)} />;
  return (
    <div onClick={follow}>
      <header>
        <a class="brand" href="/sessions">SceneBox</a>
        <nav aria-label="Pages">
          {Object.entries(PAGES).map(([path, title]) => (
            <a href={`/${path}`} aria-current={path === (name || 'sessions') ? 'page' : undefined}>{title}</a>
          ))}
        </nav>
        <button onClick={() => signOut()}>Sign out</button>
      </header>
      <main><Guard key={name + (id ?? '')}>{page(name, query)}</Guard></main>
    </div>
  );
}

render(<App />, document.body);
