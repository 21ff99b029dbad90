"""What the product is measured against: a bare Django view, and casting written straightforwardly."""
