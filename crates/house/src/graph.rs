//! Who imports whom, and whether that goes round in a circle.

use std::collections::{BTreeMap, BTreeSet};

/// Arrows between things that have names.
#[derive(Debug, Default)]
pub struct Graph {
    arrows: BTreeMap<String, BTreeMap<String, String>>,
}

impl Graph {
    /// An arrow, and the place where it stands. The first place of each arrow is kept.
    pub fn add(&mut self, from: &str, to: &str, place: String) {
        self.arrows.entry(from.to_string()).or_default().entry(to.to_string()).or_insert(place);
    }

    /// A shortest circle, one line an arrow: `a → b (place)`. None where there is no circle.
    ///
    /// ```
    /// let mut graph = gradus_house::graph::Graph::default();
    /// graph.add("a", "b", "a.rs".into());
    /// graph.add("b", "c", "b.rs".into());
    /// assert_eq!(graph.circle(), None);
    /// graph.add("c", "a", "c.rs".into());
    /// assert_eq!(graph.circle().unwrap(), ["a → b (a.rs)", "b → c (b.rs)", "c → a (c.rs)"]);
    /// ```
    pub fn circle(&self) -> Option<Vec<String>> {
        self.arrows.keys().filter_map(|start| self.way_back(start)).min_by_key(Vec::len)
    }

    /// The shortest way from a thing back to itself: breadth first.
    fn way_back(&self, start: &str) -> Option<Vec<String>> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut seen = BTreeSet::from([start]);
        let mut ring = vec![start];
        while !ring.is_empty() {
            let mut next = Vec::new();
            for from in ring {
                for to in self.arrows.get(from).into_iter().flat_map(BTreeMap::keys) {
                    if to == start {
                        let mut way = vec![from];
                        while *way.last()? != start {
                            way.push(came_from[way.last()?]);
                        }
                        way.reverse();
                        way.push(start);
                        return Some(way.windows(2).map(|pair| self.line(pair[0], pair[1])).collect());
                    }
                    if seen.insert(to) {
                        came_from.insert(to, from);
                        next.push(to.as_str());
                    }
                }
            }
            ring = next;
        }
        None
    }

    fn line(&self, from: &str, to: &str) -> String {
        format!("{from} → {to} ({})", self.arrows[from][to])
    }
}
