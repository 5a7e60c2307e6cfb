// HectorHandshake
