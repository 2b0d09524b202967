"""The faults of the catalogue, injected into real containers and judged under each vehicle."""
