// SPDX-License-Identifier: Apache-2.0
// Draws a PCD file with WebGL; z is up, colours follow the height.

import {
  BufferAttribute, Color, PerspectiveCamera, Points, PointsMaterial, Scene as Space, WebGLRenderer,
  type BufferGeometry,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { PCDLoader } from 'three/addons/loaders/PCDLoader.js';

// Of the heights, so that a few stray points do not take all colours.
const LOW = 0.02;
const HIGH = 0.98;

export class Scene {
  private readonly space = new Space();
  private readonly camera = new PerspectiveCamera(60, 1, 0.1, 5000);
  private readonly renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  private readonly controls: OrbitControls;
  private readonly watcher: ResizeObserver;
  private points?: Points<BufferGeometry, PointsMaterial>;

  constructor(private readonly holder: HTMLElement) {
    this.camera.up.set(0, 0, 1);
    this.camera.position.set(-20, 0, 12);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.addEventListener('change', () => this.draw());
    this.watcher = new ResizeObserver(() => this.fit());
    holder.append(this.renderer.domElement);
    this.watcher.observe(holder);
  }

  /** Show the cloud of a PCD file instead of the one before; returns how many points it has. */
  show(file: ArrayBuffer): number {
    const points = read(file);
    const positions = points.geometry.getAttribute('position') as BufferAttribute | undefined;
    this.drop();
    if (!positions) return 0;
    if (!points.geometry.hasAttribute('color')) points.geometry.setAttribute('color', heights(positions));
    points.material = new PointsMaterial({ size: 2, sizeAttenuation: false, vertexColors: true });
    this.points = points;
    this.space.add(points);
    this.fit();
    return positions.count;
  }

  close(): void {
    this.drop();
    this.watcher.disconnect();
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.domElement.remove();
  }

  private drop(): void {
    if (!this.points) return;
    this.space.remove(this.points);
    this.points.geometry.dispose();
    this.points.material.dispose();
    this.points = undefined;
  }

  private fit(): void {
    const { clientWidth: width, clientHeight: height } = this.holder;
    if (!width || !height) return;
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.renderer.setPixelRatio(devicePixelRatio);
    this.renderer.setSize(width, height, false);
    this.draw();
  }

  private draw(): void {
    this.renderer.render(this.space, this.camera);
  }
}

function read(file: ArrayBuffer): Points<BufferGeometry, PointsMaterial> {
  const points = new PCDLoader().parse(file) as unknown as Points<BufferGeometry, PointsMaterial>;
  // Rays without an echo are NaN, so that no sphere is around them all.
  points.frustumCulled = false;
  return points;
}

function heights(positions: BufferAttribute): BufferAttribute {
  const all = Float32Array.from({ length: positions.count }, (_, at) => positions.getZ(at));
  const sorted = all.filter(Number.isFinite).sort();
  const low = sorted[Math.floor(sorted.length * LOW)] ?? 0;
  const span = (sorted[Math.floor(sorted.length * HIGH)] ?? 1) - low || 1;
  const colors = new Float32Array(positions.count * 3);
  const color = new Color();
  all.forEach((z, at) => {
    const share = Math.min(1, Math.max(0, (z - low) / span));
    color.setHSL(0.7 * (1 - (Number.isFinite(share) ? share : 0)), 0.9, 0.55).toArray(colors, at * 3);
  });
  return new BufferAttribute(colors, 3);
}
