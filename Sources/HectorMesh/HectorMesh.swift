// HectorMesh
