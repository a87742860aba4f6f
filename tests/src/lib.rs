//! What tests over corpora share: finding cases, comparing with expectations, rewriting them on request.

pub mod corpus;
