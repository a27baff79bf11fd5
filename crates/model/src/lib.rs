//! The customer journey model that browser and analyzer share.
