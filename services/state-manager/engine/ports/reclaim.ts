/** Parts of the catalog that nobody needs any more, and how they go. */
import type { NamespacedNode } from './catalog.ts';

/** A version of a graph that is kept only while runs use it: it is not among the newest, or its graph is deleted. */
export interface OldVersion {
  readonly namespace: string;
  /** Name of the graph. */
  readonly name: string;
  readonly version: number;
  /** No run used it at the last look. */
  readonly wasUnused: boolean;
}

/** Finding of a look at a version. */
export interface VersionLook {
  readonly version: OldVersion;
  readonly isUnused: boolean;
  /** Milliseconds until the next look. */
  readonly againMs: number;
}

export interface Reclaiming {
  /** Old versions whose time for a look has come. */
  oldVersions(atMost: number): Promise<OldVersion[]>;
  /**
   * Closes versions: no run begins with them any more. @returns the number of runs that use each, ended ones that are
   * kept among them
   */
  closeVersions(versions: readonly OldVersion[]): Promise<number[]>;
  /** Notes what was found at a look, and when to look next. */
  noteLooks(looks: readonly VersionLook[]): Promise<void>;
  /** Removes a version that is closed and that no run uses. @param nodeNames that it names, as it was added with them */
  dropVersion(version: OldVersion, nodeNames: readonly string[]): Promise<void>;

  /** Registered nodes that no runtime was seen to offer for so long, the longest unseen in front. */
  unseenNodes(unseenMs: number, atMost: number): Promise<NamespacedNode[]>;
  /**
   * Removes those of these nodes that are still unseen, unless a kept version of a graph names them: they are looked at
   * again in `againMs`. @returns how many were removed
   */
  dropNodes(
    nodes: readonly NamespacedNode[],
    times: { readonly unseenMs: number; readonly againMs: number },
  ): Promise<number>;
}
