// SPDX-License-Identifier: Apache-2.0
// A map without a network: coasts and borders that come with the app (Natural Earth, public domain).

import {
  canvas, circleMarker, control, geoJSON, latLng, latLngBounds, map, polyline,
  type CircleMarker, type LatLng, type Map as LeafletMap,
} from 'leaflet';
import { feature } from 'topojson-client';
import type { Topology } from 'topojson-specification';
import world from 'world-atlas/countries-110m.json';
import type { Fix } from './map';

const BORDER = { color: '#9aa5b1', weight: 1, fillColor: '#e7ebef', fillOpacity: 1, interactive: false };
const TRACK = { color: '#1565c0', weight: 4 };
const HERE = { radius: 7, color: '#fff', weight: 2, fillColor: '#d84315', fillOpacity: 1 };

export class TrackMap {
  private readonly map: LeafletMap;
  private readonly here: CircleMarker;

  constructor(holder: HTMLElement, track: Fix[], onPick: (fix: Fix) => void) {
    const points = track.map((fix): [number, number] => [fix.lat, fix.lon]);
    const topology = world as unknown as Topology;
    this.map = map(holder, { renderer: canvas(), attributionControl: false, zoomSnap: 0.25, maxZoom: 22 });
    // A vehicle that stands still has a track without extent.
    this.map.fitBounds(latLngBounds(points).pad(0.1), { maxZoom: 19 });
    const countries = feature(topology, topology.objects['countries']!);
    for (const turn of turns(track)) {
      const coordsToLatLng = ([lon, lat]: number[]) => latLng(lat!, lon! + 360 * turn);
      geoJSON(countries, { style: BORDER, coordsToLatLng }).addTo(this.map);
    }
    polyline(points, TRACK).addTo(this.map);
    this.here = circleMarker(points[0]!, HERE).addTo(this.map);
    control.scale({ imperial: false }).addTo(this.map);
    this.map.on('click', ({ latlng }) => onPick(closest(track, latlng)));
  }

  mark(fix: Fix | undefined): void {
    if (fix) this.here.setLatLng([fix.lat, fix.lon]);
  }

  close(): void {
    this.map.remove();
  }
}

/** How often round the earth the countries are drawn: once, and again where a track leaves the map. */
function turns(track: Fix[]): Set<number> {
  return new Set(track.flatMap(({ lon }) => [0, lon > 180 ? 1 : 0, lon < -180 ? -1 : 0]));
}

function closest(track: Fix[], to: LatLng): Fix {
  return track.reduce((best, fix) =>
    to.distanceTo([fix.lat, fix.lon]) < to.distanceTo([best.lat, best.lon]) ? fix : best);
}
