// SPDX-License-Identifier: Apache-2.0
// Draws a PCD file with WebGL; z is up, colours follow the height.

import {
  BufferAttribute, BufferGeometry, Color, LineBasicMaterial, LineSegments, PerspectiveCamera, Points,
  PointsMaterial, Scene as Space, Vector3, WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { PCDLoader } from 'three/addons/loaders/PCDLoader.js';

// Of the heights, so that a few stray points do not take all colours.
const LOW = 0.02;
const HIGH = 0.98;
// Clouds are measured by as many of their points.
const SAMPLE = 5000;

type Cloud = Points<BufferGeometry, PointsMaterial>;

/** Corners of a cuboid, and the pairs of them that lines join. */
export interface Box {
  corners: (readonly [number, number, number])[];
  edges: readonly (readonly [number, number])[];
  color: string;
}

/** Where most of a cloud's points are. */
interface Extent {
  centre: Vector3;
  radius: number;
}

export class Scene {
  private readonly space = new Space();
  private readonly camera = new PerspectiveCamera(60, 1, 0.1, 5000);
  private readonly renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  private readonly controls: OrbitControls;
  private readonly watcher: ResizeObserver;
  private readonly boxes = new LineSegments(new BufferGeometry(), new LineBasicMaterial({ vertexColors: true }));
  private points?: Cloud;
  private seen?: Extent;

  constructor(private readonly holder: HTMLElement) {
    this.camera.up.set(0, 0, 1);
    this.boxes.frustumCulled = false;
    this.space.add(this.boxes);
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
    if (positions) this.put(points, positions);
    this.fit();
    return positions?.count ?? 0;
  }

  /** Draw these cuboids, and no others. */
  outline(boxes: Box[]): void {
    const [places, colors] = [[] as number[], [] as number[]];
    const { x, y, z } = this.seen?.centre ?? new Vector3();
    for (const { corners, edges, color } of boxes) {
      for (const end of edges.flat()) {
        const [a, b, c] = corners[end] ?? [NaN, NaN, NaN];
        places.push(a - x, b - y, c - z);
        colors.push(...new Color(color).toArray());
      }
    }
    this.boxes.geometry.dispose();
    this.boxes.geometry = new BufferGeometry()
      .setAttribute('position', new BufferAttribute(new Float32Array(places), 3))
      .setAttribute('color', new BufferAttribute(new Float32Array(colors), 3));
    this.draw();
  }

  close(): void {
    this.drop();
    this.boxes.geometry.dispose();
    this.boxes.material.dispose();
    this.watcher.disconnect();
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
    this.renderer.domElement.remove();
  }

  private put(points: Cloud, positions: BufferAttribute): void {
    const extent = extentOf(positions);
    // The view stays as it was turned, unless the next cloud is somewhere else.
    if (extent && (!this.seen || extent.centre.distanceTo(this.seen.centre) > 4 * this.seen.radius)) this.look(extent);
    // Map coordinates are too large for the numbers of a graphics card: all is drawn about the middle.
    const { x, y, z } = this.seen?.centre ?? new Vector3();
    if (!points.geometry.hasAttribute('color')) points.geometry.setAttribute('color', heights(positions));
    points.geometry.translate(-x, -y, -z);
    points.material = new PointsMaterial({ size: 2, sizeAttenuation: false, vertexColors: true });
    this.points = points;
    this.space.add(points);
  }

  private look(extent: Extent): void {
    this.seen = extent;
    this.camera.near = extent.radius / 500;
    this.camera.far = extent.radius * 500;
    this.camera.position.set(-1.6, 0, 1).multiplyScalar(extent.radius);
    this.controls.target.set(0, 0, 0);
    this.controls.update();
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

function read(file: ArrayBuffer): Cloud {
  let points: Cloud;
  try {
    points = new PCDLoader().parse(file) as unknown as Cloud;
  } catch (error) {
    throw new Error(`this cannot be read as a PCD file: ${(error as Error).message}`);
  }
  // Rays without an echo are NaN, so that no sphere is around them all.
  points.frustumCulled = false;
  return points;
}

/** The middle of the points, and how far most of them are from it; nothing where no point is a number. */
function extentOf(positions: BufferAttribute): Extent | undefined {
  const step = Math.ceil(positions.count / SAMPLE);
  const sample: Vector3[] = [];
  for (let at = 0; at < positions.count; at += step) {
    const point = new Vector3().fromBufferAttribute(positions, at);
    if (Number.isFinite(point.lengthSq())) sample.push(point);
  }
  if (sample.length === 0) return undefined;
  const middle = (axis: 'x' | 'y' | 'z') => quantile(sample.map((point) => point[axis]), 0.5);
  const centre = new Vector3(middle('x'), middle('y'), middle('z'));
  return { centre, radius: quantile(sample.map((point) => point.distanceTo(centre)), 0.8) || 1 };
}

const quantile = (numbers: number[], share: number): number =>
  Float64Array.from(numbers).sort()[Math.floor((numbers.length - 1) * share)]!;

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
